"""The disease, one file a mechanism: pure functions on numbers, compiled, each tested alone.

Times are years since the first malignant cell of the primary, sizes are natural logarithms of cell
numbers, rates are per year. `ln_y` is the logarithm of Gompertz's y = ln(K/N): it falls linearly in
time, which makes every event time of this package a table look-up (see `hazard`).
"""
