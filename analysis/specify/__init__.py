"""Paragraph and acceptance test for a requirement specification."""
