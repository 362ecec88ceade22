"""How evidence and beliefs combine; the only package with PyMC."""
