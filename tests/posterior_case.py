"""A small posterior of six numbers and one trial; run as a program it makes its cloud."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import seedsoil as ss
from seedsoil.calibration.posterior.engine import Sizes

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

MOVED = ("growth.log_rate", "spread.log_rate", "detection.log_hazard")
SIZES = Sizes(women=600, enrolled=30, most=1_500, headline=300)


def small_catalog() -> Catalog:
    """The packaged catalog, with six numbers that the fits move, and one calibration trial."""
    catalog = ss.load_catalog()
    parameters = {
        key: p if key in MOVED else dataclasses.replace(p, prior_sds={})
        for key, p in catalog.parameters.items()
    }
    return dataclasses.replace(
        catalog, parameters=parameters, trials={"PALOMA-2": catalog.trials["PALOMA-2"]}
    )


if __name__ == "__main__":
    from seedsoil.calibration.posterior.cloud import make_cloud

    make_cloud(
        Path(sys.argv[1]), points=int(sys.argv[2]), catalog=small_catalog(), threads=1, sizes=SIZES
    )
