"""What is read off the line of the trend, and does not act back on it."""
