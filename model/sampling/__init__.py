"""How a posterior is drawn: exactly by importance sampling, or by NUTS."""
