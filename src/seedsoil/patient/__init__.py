"""One woman's course, simulated alone."""
