"""Whether ranks are uniform: the band that their whole empirical distribution keeps to.

Of N ranks among L draws, uniform on 0 … L, the number that is k or less is binomial with N and
(k + 1)/(L + 1). At each k its smaller tail is the evidence there; the least over all k, put beside the least
of ranks that are uniform, is one test of the whole curve. The curves whose p-value is 1 - `level` are the
simultaneous band (Säilynoja, Bürkner and Vehtari 2022, arXiv 2103.10522, by simulation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SIMULATED = 10_000
"""Sets of uniform ranks that a set is put beside."""
_TOGETHER = 500


@dataclass(frozen=True)
class Band:
    """The band for `ranks` ranks among `draws` draws.

    `tails`: of each possible count (rows) at each rank (columns), twice the smaller binomial tail; `least`:
    the smallest tail of each simulated set of uniform ranks, sorted.
    """

    ranks: int
    draws: int
    tails: Floats
    least: Floats

    def p_values(self, ranks: Whole) -> Floats:
        """Of each column of ranks, shape (ranks, columns): how often chance gives a curve so far off."""
        below = np.searchsorted(self.least, self._least(_counts(ranks, self.draws)), side="right")
        return np.asarray((below + 1.0) / (self.least.size + 1.0))

    def edges(self, level: float) -> tuple[Whole, Whole]:
        """The least and the largest count at each rank within the band of `level`."""
        inside = self.tails > np.quantile(self.least, 1.0 - level)
        return np.argmax(inside, axis=0), self.ranks - np.argmax(inside[::-1], axis=0)

    def _least(self, counts: Whole) -> Floats:
        """The smallest tail over the ranks of counts, shape (ranks, columns)."""
        return np.asarray(self.tails[counts, np.arange(self.draws)[:, None]].min(axis=0))


def band(ranks: int, draws: int, *, seed: int = 1) -> Band:
    """The band for a number of ranks, each one of 0 … `draws`."""
    from scipy import stats

    share = np.arange(1, draws + 1) / (draws + 1.0)  # at the last rank all are below
    count = np.arange(ranks + 1)[:, None]
    lower, upper = stats.binom.cdf(count, ranks, share), stats.binom.sf(count - 1, ranks, share)
    whole = Band(ranks, draws, np.minimum(2.0 * np.minimum(lower, upper), 1.0), np.zeros(0))
    rng = np.random.default_rng(seed)
    least = [
        whole._least(_counts(rng.integers(0, draws + 1, (ranks, _TOGETHER)), draws))
        for _ in range(SIMULATED // _TOGETHER)
    ]
    return Band(ranks, draws, whole.tails, np.sort(np.concatenate(least)))


def _counts(ranks: Whole, draws: int) -> Whole:
    """How many ranks of each column are k or less, k = 0 … draws - 1, shape (draws, columns)."""
    columns = ranks.shape[1]
    place = ranks + (draws + 1) * np.arange(columns)
    found = np.bincount(place.ravel(), minlength=(draws + 1) * columns).reshape(columns, -1)
    return np.asarray(found.cumsum(axis=1)[:, :-1].T)


def outside_by_chance(
    whole: Band, correlation: Floats, *, level: float, quantiles: Sequence[float], seed: int = 1
) -> tuple[float, list[int]]:
    """How many of correlated columns of uniform ranks lie outside the band: mean, and quantiles.

    `correlation` of the normal scores: coordinates that a posterior ties together are off together.
    """
    from scipy import special

    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    counts = []
    for _ in range(_TOGETHER):
        u = special.ndtr(rng.standard_normal((whole.ranks, correlation.shape[0])) @ root.T)
        drawn = np.minimum((u * (whole.draws + 1)).astype(np.int64), whole.draws)
        counts.append(int(np.count_nonzero(whole.p_values(drawn) <= 1.0 - level)))
    return float(np.mean(counts)), [int(x) for x in np.quantile(counts, quantiles)]
