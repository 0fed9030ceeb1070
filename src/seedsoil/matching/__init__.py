"""A registry extract against simulated women of the same kind."""
