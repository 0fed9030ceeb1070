"""Calibration: targets, loss and fit of the natural history."""

from __future__ import annotations

from seedsoil.calibration.fitting import Fit, fit
from seedsoil.calibration.loss import Comparison

__all__ = ["Comparison", "Fit", "fit"]
