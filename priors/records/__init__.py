"""Record of one row of each evidence table."""
