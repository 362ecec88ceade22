"""An offered machine against the need."""
