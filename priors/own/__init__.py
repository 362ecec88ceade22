"""Own evidence, in a folder that is laid over the built-in one."""
