"""How results are shown: tables, figures, pages, run directories and the command."""
