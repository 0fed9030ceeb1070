"""`simulate()` and `Run`: the tables of one simulated cohort, its directory, page and summary."""
