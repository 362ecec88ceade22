"""How a posterior is drawn: importance sampling, or NUTS."""
