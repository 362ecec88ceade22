"""What a command line asks: options, and the fits that answer."""
