"""Calibration: targets, loss, and the fits of the natural history and of the drugs."""
