"""The disease, one file a mechanism, each tested alone; `loop` calls them in the order of the disease.

Times are years since the first malignant cell of the primary, sizes are natural logarithms of cell
numbers, rates are per year. `ln_y` is the logarithm of Gompertz's y = ln(K/N). It falls linearly in
time, so every event time of this package is a table look-up (see `hazard`).

Kernels take the parameters `p` and the record of one `woman`, with all her lesions (`state`).
"""
