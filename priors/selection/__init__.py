"""Selection of the rows that a question is about."""
