"""The posterior: natural history and drugs jointly, from a cloud of simulations through an emulator."""
