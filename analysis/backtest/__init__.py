"""Hindcasts of the trend, of campaigns and of step MFU."""
