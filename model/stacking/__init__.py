"""Forms of the trend, combined by how well they foretold."""
