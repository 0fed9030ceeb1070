"""Speed and memory of seedsoil: `python -m benchmarks` from the root of the repository."""
