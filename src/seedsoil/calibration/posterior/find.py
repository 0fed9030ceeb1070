"""`find()`: the joint posterior from the cloud to the draws that are shipped.

    cloud → emulator → chains → draws verified on fresh women → where it is off: trained again with them,
    sampled and verified once more → draws, values at the mode, diagnostics

Every step is gone on with after a kill: simulations are kept, all else takes minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.drug_targets import DISCREPANCY
from seedsoil.calibration.posterior import ship, verify
from seedsoil.calibration.posterior.cloud import make_cloud, points_there, read_cloud
from seedsoil.calibration.posterior.diagnostics import converged, diagnosed
from seedsoil.calibration.posterior.engine import Engine, Sizes
from seedsoil.calibration.posterior.headlines import HEADLINES
from seedsoil.calibration.posterior.informed import discrepancy_of, informed, sensitivities
from seedsoil.calibration.posterior.joint import (
    check_points,
    joint_of,
    more_points,
    point_estimate,
    sampled,
)
from seedsoil.calibration.posterior.likelihood import observed
from seedsoil.calibration.posterior.space import space_of
from seedsoil.trials.discrepancy import RECORD as RECORD_OF_TRIALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.calibration.posterior.joint import Joint
    from seedsoil.calibration.posterior.likelihood import Posterior
    from seedsoil.calibration.posterior.sampler import Chains
    from seedsoil.catalog import Catalog

WARM_UP, CHAIN = 1_000, 4_000
"""Draws of a chain that are thrown away, and that are kept."""
LONGEST = 8
"""How many times as long as asked for chains may become, where they have not converged."""
SHIPPED, VALUES, RECORD, CHAINS = "posterior.parquet", "values", "posterior.json", "chains.npz"


@dataclass(frozen=True)
class Found:
    """A posterior: its chains, the draws that are shipped and the mode (both u), and how it went."""

    joint: Joint
    density: Posterior
    chains: Chains
    draws: NDArray[np.float64]
    mode: NDArray[np.float64]
    record: dict[str, Any]

    @property
    def scales(self) -> NDArray[np.float64]:
        """The scale of discrepancy of each group of targets: its median, at which the mode is taken."""
        return np.asarray(np.median(self.chains.flat[:, self.density.parameters :], axis=0))

    def headline_rows(self) -> tuple[list[str], list[list[str]]]:
        """Headlines with their spread over the posterior, and the parameters that they depend on most."""
        rows = []
        for name, one in self.record["headlines"].items():
            most = [f"{key} {share:.0%}" for key, share in list(one["shares"].items())[:3]]
            split = [f"{share:.0%}" for share in one["split"].values()]
            rows.append(
                [HEADLINES[name], f"{one['mean']:.3f}", f"{one['sd']:.3f}", *split, ", ".join(most)]
            )
        header = ["headline", "mean", "posterior sd", "variance: women of a run", "parameters",
                  "discrepancy", "depends on"]  # fmt: skip
        return header, rows


@dataclass(frozen=True)
class Settings:
    """How a posterior is made; `verified` draws are simulated (0: none), `chain` kept after `warm_up`."""

    points: int = 3_000
    seed: int = 1
    sizes: Sizes = field(default_factory=Sizes)
    verified: int = verify.DRAWS
    warm_up: int = WARM_UP
    chain: int = CHAIN
    draws: int = ship.DRAWS


def find(
    directory: Path,
    *,
    catalog: Catalog,
    settings: Settings,
    threads: int,
    command: str,
    progress: Callable[[str], None] | None = None,
) -> Found:
    """Make the posterior in `directory`, or go on with it, and write what it leaves there.

    Raises InputError for a directory of other numbers or another engine, and for too few points.
    """
    say = progress or (lambda _: None)
    begun = time.monotonic()
    # before hours of simulation, not after
    check_points(max(settings.points, points_there(directory)), space_of(catalog).size)
    make_cloud(
        directory, points=settings.points, catalog=catalog, threads=threads, seed=settings.seed,
        sizes=settings.sizes, command=command, progress=say,
    )  # fmt: skip
    cloud = read_cloud(directory, catalog)
    joint = joint_of(cloud, catalog)
    say(f"emulator of {len(cloud.names)} statistics from {cloud.points:,} points: trained")
    chains, density = _sampled(joint, settings, 0, say)
    checks: list[dict[str, Any]] = []
    if settings.verified:
        engine = Engine(catalog, settings.sizes, settings.seed, cloud.made["trials"])
        for number in range(verify.ROUNDS):
            found = _verified(
                joint, density, chains, engine, directory, number, settings, threads, say
            )
            checks.append(verify.summary(found))
            say(found.words())
            if number == verify.ROUNDS - 1 or found.off <= verify.OFF:
                break
            say("the cloud is centred again: these simulations are learnt from, too")
            points = found.points
            joint = more_points(joint, points.u, points.values, points.women)
            chains, density = _sampled(joint, settings, number + 1, say)
    if settings.chain >= CHAIN:
        last = max(len(checks) - 1, 0)
        chains, density = _long_enough(joint, settings, last, chains, density, say)
    mode = point_estimate(chains, density)
    draws = ship.chosen_draws(chains, density.parameters, settings.draws, settings.seed)
    record = _record(joint, density, chains, checks, command, catalog)
    record["minutes"] = round((time.monotonic() - begun) / 60.0, 1)
    result = Found(joint, density, chains, draws, mode, record)
    _write(result, catalog, directory)
    return result


def _sampled(
    joint: Joint, settings: Settings, number: int, say: Callable[[str], None]
) -> tuple[Chains, Posterior]:
    return sampled(
        joint, draws=settings.chain, warm_up=settings.warm_up, seed=settings.seed + 10 * number, say=say
    )  # fmt: skip


def _long_enough(
    joint: Joint,
    settings: Settings,
    number: int,
    chains: Chains,
    density: Posterior,
    say: Callable[[str], None],
) -> tuple[Chains, Posterior]:
    """Chains that have converged in every number, or the longest of all."""
    length = settings.chain
    while length < LONGEST * settings.chain:
        ess, r_hat = diagnosed(chains.x)
        if converged(ess.min(), r_hat.max()):
            break
        length *= 2
        say(f"bulk ESS {ess.min():,.0f}, split R-hat {r_hat.max():.3f}: chains of {length:,} draws")
        chains, density = _sampled(joint, replace(settings, chain=length), number, say)
    return chains, density


def _verified(
    joint: Joint,
    density: Posterior,
    chains: Chains,
    engine: Engine,
    directory: Path,
    number: int,
    settings: Settings,
    threads: int,
    say: Callable[[str], None],
) -> verify.Verified:
    u = ship.chosen_draws(chains, density.parameters, settings.verified, settings.seed + number)
    error = np.sqrt(np.mean(density.variance(chains.flat[::50]), axis=0))
    return verify.verify(
        joint, engine, u, error, place=directory / f"verified-{number + 1}", number=number,
        threads=threads, say=say,
    )  # fmt: skip


def _record(
    joint: Joint,
    density: Posterior,
    chains: Chains,
    checks: list[dict[str, Any]],
    command: str,
    catalog: Catalog,
) -> dict[str, Any]:
    """Diagnostics, scales, emulator, what is informed and what headlines depend on."""
    ess, r_hat = diagnosed(chains.x)
    scales = chains.flat[:, density.parameters :]
    share = joint.lack_of_fit[joint.index] / density.variance(chains.flat[::50]).mean(axis=0)
    return {
        "command": command,
        "points": joint.cloud.points,
        "parameters": density.parameters,
        "targets": len(joint.seen.names),
        "left_out": sorted(set(observed(catalog).names) - set(joint.seen.names)),
        "chains": list(chains.x.shape[:2]),
        "bulk_ess": {"least": float(ess.min()), "median": float(np.median(ess))},
        "r_hat": {"largest": float(r_hat.max())},
        "accepted": chains.accepted,
        "verified": checks,
        "emulator": {
            "held_out_error_share": float(np.nanmedian(joint.emulator.held_out[joint.index])),
            "lack_of_fit_share_of_variance": float(np.median(share)),
        },
        "scales": {
            name: [float(x) for x in np.quantile(scales[:, k], (0.05, 0.5, 0.95))]
            for k, name in enumerate(joint.seen.groups)
        },
        "parameters_informed": informed(joint, density, chains),
        "headlines": sensitivities(
            joint,
            density,
            chains,
            women=joint.cloud.made["sizes"]["headline"],
            seed=joint.cloud.made["seed"],
        ),
    }


def trial_discrepancy(scales: dict[str, list[float]]) -> dict[str, dict[str, Any]]:
    """By kind of a trial's results: the stated discrepancy, and its scale (5 %, median, 95 %)."""
    return {
        kind: {"stated": stated, "scale": scales[group]}
        for kind, stated in DISCREPANCY.items()
        if (group := f"trials, {kind}") in scales
    }


def _write(found: Found, catalog: Catalog, directory: Path) -> None:
    space = found.joint.cloud.space
    sd = space.theta(found.chains.flat[:, : space.size]).std(axis=0)
    errors = dict(zip(space.names, sd.tolist(), strict=True))
    values = directory / VALUES
    values.mkdir(exist_ok=True)
    made = found.joint.cloud.made | {"command": found.record["command"]}
    at_mode = ship.write_values(catalog, space.values(found.mode), errors, values, made)
    metadata = {
        "parameters_hash": [catalog.hash(), at_mode.hash()],
        "informed": {
            name: {key: one[key] for key in ("contraction", "targets")}
            for name, one in found.record["parameters_informed"].items()
        },
        "headlines": {
            name: {
                "mean": one["mean"],
                "sd": one["sd"],
                "discrepancy": discrepancy_of(one["split"]),
            }
            for name, one in found.record["headlines"].items()
        },
        RECORD_OF_TRIALS: trial_discrepancy(found.record["scales"]),
        **{k: found.record[k] for k in ("command", "points", "bulk_ess", "r_hat", "verified")},
    }
    table = ship.draws_table(space, found.draws, metadata)
    for place in (directory, values):
        ship.write_draws(table, place / SHIPPED)
    ship.write_chains(found.chains, space, found.joint.seen.groups, directory / CHAINS)
    ship.write_record(found.record, directory / RECORD)
