"""The disease and its treatment: numbers in, rows out."""
