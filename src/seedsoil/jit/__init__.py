"""How kernels are compiled and where machine code is kept: all knowledge of Numba's inside."""
