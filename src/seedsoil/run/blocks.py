"""Blocks of women under one strategy, simulated in the thread that asks.

For whoever goes through the same women under several strategies, or under many sets of numbers, and keeps
sums alone: what does not change from block to block is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from seedsoil.catalog import lookup
from seedsoil.errors import InputError
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.results.columns import women_found_in_life
from seedsoil.run.run import Run
from seedsoil.run.simulate import Tables, manifest_of, tables_of
from seedsoil.simulation.shards import simulate_rows

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.model.treatment.plan import Names, Plan
    from seedsoil.model.types import Parameters


class Course(NamedTuple):
    """What simulates women under one strategy."""

    parameters: Parameters
    plan: Plan
    names: Names
    manifest: dict[str, Any]

    def found_in_life(self, first: int, women: int) -> Run:
        """Of women `first` … those whose metastatic disease is found in life, without their lesions.

        They are those of `simulate` with the same numbers, to the bit. The manifest counts all women; with
        `truncated_lesions` it counts those whose colonies were too many to keep.
        """
        shard = simulate_rows(self.parameters, first, women, details=True, plan=self.plan)
        truncated = int(shard.patients["truncated"].sum())
        shard = shard._replace(lesions=[])
        tables = _found_in_life(tables_of(shard, self.names))
        manifest = {**self.manifest, "women": women, "first_patient": first}
        manifest["truncated_lesions"] = truncated
        return Run(
            tables.patients, tables.lesions, tables.symptoms, manifest, tables.lines, tables.drugs
        )


def course_under(
    strategy: str | Path | Strategy, *, catalog: Catalog, seed: int, screening: str, adjuvant: str
) -> Course:
    """The course of women under `strategy`; InputError for "untreated", which has none."""
    chosen = lookup.strategy(strategy, catalog=catalog)
    if chosen is None:
        raise InputError("untreated: has no lines of therapy; 'none' is the strategy without drugs")
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    plan, names = treatment_plan(catalog, parameters, before=chosen)
    manifest = manifest_of(catalog, 0, seed, 0, screening, adjuvant, chosen)
    return Course(parameters, plan, names, manifest)


def _found_in_life(tables: Tables) -> Tables:
    """Of a shard's tables the women whose metastatic disease was found in life, without lesions."""
    # symptoms, lines and drugs are of these women alone
    known = pa.array(women_found_in_life(tables.patients))
    return tables._replace(
        patients=tables.patients.filter(known), lesions=tables.lesions.schema.empty_table()
    )
