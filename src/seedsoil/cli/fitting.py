"""What `seedsoil fit` and `seedsoil fit-drugs` share: options, and the file of fitted values."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from seedsoil._version import __version__
from seedsoil.cli import long_run, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog import Catalog

Iterations = Annotated[int, typer.Option(help="Gauss-Newton steps at most.", metavar="K")]
Averaged = Annotated[
    int,
    typer.Option(
        help="Further seeds whose residuals and derivatives are averaged in one last step.",
        metavar="N",
    ),
]
FromPriors = Annotated[
    bool, typer.Option("--from-priors", help="Start at the prior means, not at the values in use.")
]
Check = Annotated[
    bool,
    typer.Option(
        "--check", help="Fit nothing: compare the values in use with what they are fitted to."
    ),
]
FittedFile = Annotated[Path, typer.Option(help="New file for the fitted values.", metavar="FILE")]


def groups(catalog: Catalog | None, *, seed: int) -> Callable[[int], long_run.Sample]:
    """A sample of the women of each scenario of the natural history: one try of a fit."""
    import numpy as np

    from seedsoil.calibration.loss import simulate_groups
    from seedsoil.calibration.scenarios import SCENARIOS
    from seedsoil.catalog import load
    from seedsoil.model.rows import PATIENT

    def sample(women: int) -> long_run.Sample:
        simulate_groups(catalog or load(), women=women, seed=seed)
        # the women of all scenarios, which a try holds
        return long_run.Sample(np.zeros((len(SCENARIOS), women), PATIENT))

    return sample


class Fitted(Protocol):
    """A finished fit: values and standard errors by name."""

    @property
    def values(self) -> dict[str, float]:
        """Fitted values."""

    @property
    def standard_errors(self) -> dict[str, float]:
        """Their standard errors."""


def write_fit(result: Fitted, path: Path, *, seed: int, women: int) -> None:
    """Write the fitted values, and how they were made, as a catalog file."""
    from seedsoil.catalog import write_fitted

    made_by: dict[str, str | int] = {
        "command": options.command_line(),
        "seed": seed,
        "women": women,
        "date": datetime.now(UTC).date().isoformat(),
        "version": __version__,
    }
    write_fitted(path, result.values, result.standard_errors, made_by)
