"""`compare()`: strategies on the same women."""
