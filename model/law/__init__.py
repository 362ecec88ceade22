"""Laws of compute-optimal models and of the loss."""
