"""How evidence and beliefs combine: the only package that imports PyMC."""
