"""What the report of a run shows, as data."""
