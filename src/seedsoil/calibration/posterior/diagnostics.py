"""How well chains have mixed: rank-normalised split R̂ and bulk ESS (Vehtari et al. 2021, arXiv 1903.08008).

    R̂ = √(((n - 1)/n W + B/n)/W),   ESS = C n / (1 + 2 Σ_t ρ_t)

of the ranks of all draws as normal scores, each chain in halves; ρ summed over Geyer's initial monotone
sequence. The same numbers as ArviZ gives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH, ALIKE = 1_000, 1.01
"""The least bulk ESS of chains that have converged, and the split R̂ that theirs is below (Vehtari 2021)."""


def split(draws: Floats) -> Floats:
    """Chains (chains, draws) in halves."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]])


def rank_normal(draws: Floats) -> Floats:
    """Normal scores of the ranks of all draws, (r - 3/8)/(S + 1/4)."""
    from scipy import special, stats

    ranks = stats.rankdata(draws, method="average").reshape(draws.shape)
    return np.asarray(special.ndtri((ranks - 0.375) / (draws.size + 0.25)))


def r_hat(draws: Floats) -> float:
    """The larger of the rank-normalised split R̂ of the draws and of their distance from the median."""
    folded = np.abs(draws - np.median(draws))
    return max(_r_hat(rank_normal(split(draws))), _r_hat(rank_normal(split(folded))))


def _r_hat(chains: Floats) -> float:
    n = chains.shape[1]
    between = n * np.var(chains.mean(axis=1), ddof=1)
    within = float(np.mean(np.var(chains, axis=1, ddof=1)))
    if within == 0.0:
        return 1.0 if between == 0.0 else float("inf")
    return float(np.sqrt((between / within + n - 1.0) / n))


def bulk_ess(draws: Floats) -> float:
    """Draws that independent ones would be worth for the middle of the distribution."""
    return _ess(rank_normal(split(draws)))


def _ess(chains: Floats) -> float:
    count, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, size, axis=1)[:, :n] / n
    mean = covariance.mean(axis=0)
    within = mean[0] * n / (n - 1.0)
    total = mean[0] + (np.var(chains.mean(axis=1), ddof=1) if count > 1 else 0.0)
    if total == 0.0:
        return float(count * n)
    rho = 1.0 - (within - mean * n / (n - 1.0)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs < 0.0)
    stop = int(ends[0]) if ends.size else pairs.size
    kept = np.minimum.accumulate(pairs[:stop])
    # of the first pair that is left out the even term counts once, where it is positive, as Stan and ArviZ do
    after = max(float(rho[2 * stop]), 0.0) if 2 * stop < n else 0.0
    tau = max(-1.0 + 2.0 * float(kept.sum()) + after, 1.0 / np.log10(count * n))
    return float(count * n / tau)


def converged(ess: float, r_hat: float) -> bool:
    """Whether the least bulk ESS and the largest split R̂ of chains are as they should be."""
    return bool(ess >= ENOUGH and r_hat < ALIKE)


def diagnosed(x: Floats) -> tuple[Floats, Floats]:
    """Bulk ESS and split R̂ of every coordinate of samples (chains, draws, size)."""
    columns = [x[:, :, k] for k in range(x.shape[2])]
    return np.array([bulk_ess(c) for c in columns]), np.array([r_hat(c) for c in columns])
