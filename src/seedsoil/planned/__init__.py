"""Cohorts of any size in units: planned, done on any workers, expanded, and merged into one summary."""
