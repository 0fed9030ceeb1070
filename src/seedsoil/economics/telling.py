"""Which of the numbers that are drawn tell something of the decision: before their EVPPI is looked at.

Of hundreds of numbers that do nothing, the largest of as many estimates of EVPPI is well above 0. So only
those are looked at whose correlation with a net benefit, by ranks, is larger than the largest of as many
correlations of pure chance would be in 95 of 100 analyses: |r| > z / √draws, z at 1 - 0.025 / numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.display.words import whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.economics.evaluation import Psa

    Floats = NDArray[np.float64]

MOST, FEWEST = 20, 5
"""Numbers whose EVPPI is told: at the most, and where none is told from chance."""

_WHERE = "shown where learning could change the choice"


class Telling(NamedTuple):
    """The `names` to look at, the most telling first; how many of `numbers` are `beyond_chance`."""

    names: tuple[str, ...]
    beyond_chance: int
    numbers: int

    @property
    def words(self) -> str:
        """What is said of the choice."""
        if self.numbers == 0:
            return "No number was drawn."
        told = (
            f"Of {whole(self.numbers)} numbers drawn {whole(self.beyond_chance)} go with a net benefit "
            "beyond chance"
        )
        if self.beyond_chance == 0:
            most = f"the {len(self.names)} that go with it most"
            return f"{told}; EVPPI is looked at of {most}, which may be chance, and {_WHERE}."
        asked = f"EVPPI is looked at of {len(self.names)} of them, and {_WHERE}"
        return f"{told}; {asked}; of any other when asked."


def most_telling(psa: Psa, threshold: float) -> Telling:
    """The numbers drawn that go most with the net benefit of a strategy over the reference."""
    from scipy.special import ndtri

    names = list(psa.parameters)
    benefit = threshold * (psa.effects - psa.effects[:, :1]) - (psa.costs - psa.costs[:, :1])
    varying = benefit[:, np.ptp(benefit, axis=0) > 0]
    if not names or varying.shape[1] == 0:
        return Telling((), 0, len(names))
    x = _ranked(np.column_stack([psa.parameters[name] for name in names]))
    y = _ranked(varying)
    strength = np.abs(x.T @ y).max(axis=1)
    chance = float(ndtri(1.0 - 0.025 / (len(names) * varying.shape[1]))) / np.sqrt(psa.draws)
    order = np.argsort(-strength, kind="stable")
    beyond = int((strength > chance).sum())
    taken = order[: min(max(beyond, FEWEST), MOST)]
    return Telling(tuple(names[k] for k in taken), beyond, len(names))


def _ranked(columns: Floats) -> Floats:
    """Ranks of each column, centred, of length 1: the product of two is their rank correlation."""
    ranks = columns.argsort(axis=0).argsort(axis=0).astype(np.float64)
    ranks -= ranks.mean(axis=0)
    return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=0)))
