"""Tables, figures, pages, run directories and the command."""
