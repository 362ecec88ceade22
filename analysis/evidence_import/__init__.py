"""Own training runs as a row of evidence."""
