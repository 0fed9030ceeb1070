"""Draws of the model's own numbers: where they come from, and what that leaves out.

With `posterior` all fitted numbers are one of the draws of the joint posterior that the catalog has, taken
in random order and each once before any is taken again: of rows taken with replacement as many draws would
leave more than a third out, and the mean over draws would carry the chance of which. Else each number is
normal, cut off at its legal range, and independent of the others. With `fit` it is the catalog's value with
the standard error that the fit found: what is left unknown of each number after the fit. The fit keeps no
correlations, so that together the numbers vary more than the data allow. With `priors` it is the prior from
before the fit: most such draws are worlds that no registry has seen, up to some in which nobody or nearly
everybody has metastases. With `fixed` nothing is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.catalog.parameters import full_name
from seedsoil.economics.evaluation import DRAWN
from seedsoil.results.columns import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog

    Floats = NDArray[np.float64]

_ROWS = 0x90575
"""Sets the order of the posterior's draws apart from other random numbers of the same seed."""

SAYS: Mapping[str, str] = {
    "posterior": "the model's parameters are draws of their joint posterior, with its correlations",
    "fit": "the model's parameters are drawn from the values and standard errors of the fit, each alone: "
    "correlations are not known, so together they vary too much",
    "priors": "the model's parameters are drawn from the priors from before the fit, not from a posterior: "
    "most draws are worlds that no registry has seen",
    "fixed": "the model's parameters are not drawn: only prices and utilities are uncertain",
}
"""What every output says of how the model's parameters were drawn."""


class ModelNumbers(NamedTuple):
    """How numbers of the model, by `names`, are distributed: normal, each alone, cut off at `low` and `high`.

    With `table` draws are its rows instead, draws of their joint distribution: those of a round, as many
    draws as there are rows, have each row once, in an order of the `seed` and the round alone. So a draw's
    row does not depend on how many draws there are, and draws that are kept or asked for later agree.
    """

    names: tuple[str, ...]
    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    table: Floats | None = None
    seed: int = 1

    def at(self, uniform: Floats) -> Floats:
        """The numbers at which the distributions, each alone, reach these shares, one each."""
        from scipy.special import ndtr, ndtri

        below = ndtr((self.low - self.mean) / self.sd)
        above = ndtr((self.high - self.mean) / self.sd)
        found = self.mean + self.sd * ndtri(below + uniform * (above - below))
        return np.asarray(np.clip(found, self.low, self.high))

    def values(self, draw: int, rng: np.random.Generator) -> dict[str, float]:
        """The numbers of one draw by name: the row that is the draw's, or from its generator `rng`."""
        found = self.at(rng.random(len(self.names))) if self.table is None else self._row(draw)
        return dict(zip(self.names, found.tolist(), strict=True))

    def _row(self, draw: int) -> Floats:
        assert self.table is not None
        lap, place = divmod(draw, len(self.table))
        order = np.random.default_rng([self.seed, lap, _ROWS]).permutation(len(self.table))
        return np.asarray(self.table[order[place]])


def model_numbers(catalog: Catalog, drawn: str, seed: int = 1) -> ModelNumbers:
    """The numbers of the model that are drawn; none where they are fixed. `drawn`: one of DRAWN.

    `seed`: of the order in which draws of the posterior are taken.
    """
    chosen("parameters", drawn, DRAWN)
    if drawn == "posterior":
        posterior = catalog.posterior
        kept = [k for k, name in enumerate(posterior.names) if name not in catalog.changed]
        rest = posterior.values[:, kept]
        return ModelNumbers(
            tuple(posterior.names[k] for k in kept), rest.mean(axis=0), rest.std(axis=0),
            rest.min(axis=0), rest.max(axis=0), rest, seed,
        )  # fmt: skip
    rows: list[tuple[str, float, float, float, float]] = []
    for p in catalog.parameters.values() if drawn != "fixed" else ():
        for item in p.prior_sds:
            mean, sd = p.priors[item], p.prior_sds[item]
            if drawn == "fit":
                mean, sd = p.values[item], p.ses.get(item, 0.0)
            if sd > 0:
                rows.append((full_name(p.key, item), mean, sd, p.low, p.high))
    names = tuple(row[0] for row in rows)
    numbers = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), 4)
    return ModelNumbers(names, *numbers.T)
