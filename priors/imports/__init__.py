"""Data of others, read as rows of evidence."""
