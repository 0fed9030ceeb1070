"""A made-up run with the tables of docs/design.md, for tests of results and reports.

Its numbers only look like the disease: nothing here is the model. Every rule of the tables that
results rely on holds (null where a thing never happened, outcome consistent with presentation and
cause of death, the revealing lesion among the lesions).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

SUBTYPES = ["HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC"]
ORGANS = ["bone", "lung", "liver", "brain", "other", "nodes"]
FLOW = {"bone": 0.02, "lung": 0.9, "liver": 0.04, "brain": 0.02, "other": 0.015, "nodes": 0.005}
SYMPTOMS = {
    "bone": ["pain", "fracture", "cord compression", "hypercalcaemia"],
    "lung": ["breathlessness", "effusion"],
    "liver": ["jaundice", "ascites"],
    "brain": ["headache", "seizure", "ataxia", "weakness"],
    "other": ["lump"],
    "nodes": ["swelling"],
}


@dataclass(frozen=True)
class SyntheticRun:
    patients: pa.Table
    lesions: pa.Table
    symptoms: pa.Table
    manifest: dict[str, Any]


@dataclass(frozen=True)
class SyntheticCourse:
    patient: dict[str, Any]
    lesions: list[dict[str, Any]] = field(default_factory=list)
    symptoms: list[dict[str, Any]] = field(default_factory=list)
    growth: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)
    strategy: str = "untreated"
    regimen_classes: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, dict[str, float | str]] = field(default_factory=dict)


def _words(values: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    """Dictionary column from codes; -1 is null."""
    indices = pa.array(values.astype(np.int32), mask=values < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names))


def _years(values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def synthetic_run(women: int = 1000, seed: int = 1, chunks: int = 1) -> SyntheticRun:
    """A run of `women` women; `chunks` > 1 splits every table into that many chunks."""
    rng = np.random.default_rng(seed)
    subtype = rng.choice(4, women, p=[0.742, 0.102, 0.043, 0.113])
    age = np.clip(rng.normal(61, 13, women), 22, 98)
    diameter = np.clip(np.exp(rng.normal(np.log(21), 0.55, women)), 2, 150)
    spread = rng.normal(0, 1, women) + 0.6 * np.log(diameter / 20)
    nodes = rng.poisson(np.exp(np.clip(-0.6 + 1.1 * spread, -5, 3.4)))
    other_death = np.maximum(rng.gumbel(89, 8, women) - age, rng.uniform(0.05, 3, women))
    colonies = rng.poisson(np.exp(np.clip(-0.4 + 1.5 * spread, -6, 5)))

    dormant = rng.random(women) < np.array([0.7, 0.5, 0.3, 0.15])[subtype]
    delay = np.exp(rng.normal(np.array([1.2, 1.0, 0.6, 0.4])[subtype], 0.7))
    delay += dormant * rng.exponential(np.array([8.0, 6, 5, 2])[subtype])
    alive_colony = (colonies > 0) & (rng.random(women) > 0.15)
    metastatic_at = np.where(alive_colony, np.maximum(delay - 1.2, 0.0), np.nan)
    metastatic_at[metastatic_at >= other_death] = np.nan
    found = ~np.isnan(metastatic_at)
    de_novo = found & (metastatic_at == 0)
    presentation = np.where(~found, 0, np.where(de_novo, 1, 2))
    span = rng.exponential(np.array([2.2, 1.8, 0.9, 0.7])[subtype])
    cancer_death = np.where(found, metastatic_at + span + 0.01, np.inf)
    of_cancer = cancer_death < other_death
    died_at = np.where(of_cancer, cancer_death, other_death)
    outcome = np.where(
        of_cancer, 4, np.where(found, 3, np.where(colonies == 0, 0, np.where(alive_colony, 2, 1)))
    )
    found_by = np.where(found, rng.choice(3, women, p=[0.78, 0.1, 0.12]), -1)

    # Lesions: a woman whose disease is found gets one lesion that revealed it.
    many = np.maximum(colonies, found.astype(int))
    owner = np.repeat(np.arange(women), many)
    first = np.concatenate([[0], np.cumsum(many)[:-1]]).astype(int)
    number = np.arange(owner.size) - first[owner] + 1
    weights = np.array([0.5, 0.22, 0.15, 0.05, 0.05, 0.03])
    organ = rng.choice(len(ORGANS), owner.size, p=weights)
    node_born = rng.random(owner.size) < np.where(nodes[owner] > 0, 0.2, 0.0)
    node_focus = (number > 1) & (rng.random(owner.size) < 0.1) & (nodes[owner] > 0)
    founded = np.where(node_born, -1.0, -3.0) - rng.exponential(1.5, owner.size)
    revealing = found[owner] & (number == 1)
    reveal_time = np.where(revealing, metastatic_at[owner], np.nan)
    visible = np.where(revealing, reveal_time - 0.3, founded + rng.exponential(12, owner.size) + 3)
    not_revealing = found[owner] & ~revealing
    visible = np.where(not_revealing, np.maximum(visible, metastatic_at[owner] - 0.2), visible)
    hidden = ~found[owner] | (visible > died_at[owner]) | node_focus
    visible = np.where(hidden, np.nan, visible)
    asleep = np.isnan(visible) & (rng.random(owner.size) < 0.5)
    woke = np.where(asleep, np.nan, founded + 0.4 * np.isfinite(visible))
    dead = (outcome[owner] == 1) | (np.isnan(visible) & (rng.random(owner.size) < 0.05))
    lesions = pa.table(
        {
            "patient": pa.array(owner.astype(np.int64)),
            "lesion": pa.array(number.astype(np.int32)),
            "parent": pa.array(np.where(node_born, 900, 0).astype(np.int32)),
            "multiplicity": pa.array(np.ones(owner.size, np.int32)),
            "organ": _words(np.where(node_focus, len(ORGANS), organ), [*ORGANS, "node"]),
            "route": _words((node_born | node_focus).astype(int), ["blood", "lymph"]),
            "founded_at": pa.array(founded),
            "woke_at": _years(woke),
            "growth_rate": pa.array(np.exp(rng.normal(-0.8, 0.5, owner.size))),
            "eradicated_at": _years(np.where(dead, 0.4, np.nan)),
            "visible_at": _years(visible),
            "log10_cells": pa.array(np.where(dead, 0.0, rng.uniform(0, 10, owner.size))),
        }
    )

    by_symptom = found & (found_by == 0)
    shown = np.flatnonzero(revealing & by_symptom[owner])
    names = [symptom for group in SYMPTOMS.values() for symptom in group]
    of_organ = [[names.index(symptom) for symptom in SYMPTOMS[name]] for name in ORGANS]
    width = np.array([len(own) for own in of_organ])
    first_of = np.array([own[0] for own in of_organ])
    which = first_of[organ[shown]] + rng.integers(0, width[organ[shown]])
    first_symptom = np.full(women, -1)
    first_symptom[owner[shown]] = which
    later = np.flatnonzero(np.isfinite(visible) & (rng.random(owner.size) < 0.1) & ~revealing)
    place = np.concatenate([shown, later])
    symptom = np.concatenate([which, first_of[organ[later]]])
    onset = np.concatenate([metastatic_at[owner[shown]], visible[later] + 0.01])
    _, keep = np.unique(owner[place] * 100 + symptom, return_index=True)
    keep = keep[np.lexsort((symptom[keep], owner[place][keep]))]
    symptoms = pa.table(
        {
            "patient": pa.array(owner[place][keep].astype(np.int64)),
            "lesion": pa.array(number[place][keep].astype(np.int32)),
            "organ": _words(organ[place][keep], [*ORGANS, "node"]),
            "symptom": _words(symptom[keep], names),
            "onset_at": pa.array(onset[keep]),
        }
    )

    seen = np.zeros((women, len(ORGANS)), bool)
    at_finding = np.isfinite(visible) & (visible <= np.nan_to_num(metastatic_at)[owner])
    seen[owner[at_finding], organ[at_finding]] = True
    columns: dict[str, Any] = {
        "patient": pa.array(np.arange(women, dtype=np.int64)),
        "age": pa.array(age),
        "subtype": _words(subtype, SUBTYPES),
    }
    for name in ["postmenopausal", "her2_low", "pd_l1_cps10", "gbrca", "pik3ca_pathway", "pik3ca"]:
        columns[name] = pa.array(rng.random(women) < 0.3)
    columns |= {
        "growth_rate": pa.array(np.exp(rng.normal(-1.6, 1, women))),
        "doubling_time_days": pa.array(np.exp(rng.normal(5.2, 0.7, women))),
        "tumour_age": pa.array(np.exp(rng.normal(2.0, 0.5, women))),
        "detected_by": _words(
            np.where(de_novo & (by_symptom), 2, 0), ["symptoms", "screening", "metastasis"]
        ),
        "diameter_mm": pa.array(diameter),
        "positive_nodes": pa.array(nodes.astype(np.int32)),
        "t_stage": _words(np.digitize(diameter, [20, 50]), ["T1", "T2", "T3"]),
        "n_stage": _words(np.digitize(nodes, [1, 4, 10]), ["N0", "N1", "N2", "N3"]),
        "stage": _words(
            np.where(de_novo, 2, (nodes > 0).astype(int)), ["localized", "regional", "distant"]
        ),
        "adjuvant": _words(np.zeros(women), ["none"]),
        "presentation": _words(presentation, ["none", "de novo", "recurrent"]),
        "metastatic_at": _years(metastatic_at),
        "found_by": _words(found_by, ["symptoms", "staging", "image"]),
        "first_symptom": _words(first_symptom, names),
    }
    for code, name in enumerate(ORGANS):
        columns[name] = pa.array(seen[:, code], mask=~found)
    locoregional = np.where(rng.random(women) < 0.15, rng.exponential(6, women), np.nan)
    locoregional[(locoregional >= died_at) | de_novo] = np.nan
    columns |= {
        "visible_lesions": pa.array(seen.sum(axis=1).astype(np.int32), mask=~found),
        "locoregional_at": _years(locoregional),
        "colonies": pa.array(many.astype(np.int32)),
        "died_at": pa.array(died_at),
        "cause_of_death": _words((~of_cancer).astype(int), ["breast cancer", "other"]),
        "outcome": _words(
            outcome, ["no spread", "eradicated", "never manifest", "died with", "died of"]
        ),
    }
    manifest = {
        "seedsoil": "0.1.0",
        "command": f"seedsoil run --women {women} --seed {seed}",
        "women": women,
        "seed": seed,
        "screening": "none",
        "adjuvant": "none",
        "parameters_hash": "3f6c" + 15 * "a1b2",
        "created": "2026-01-01T00:00:00+00:00",
        "seconds": 0.7,
        "truncated_lesions": 3,
        "flow_share": FLOW,
        "unverified_inputs": 41,
    }
    tables = [_split(table, chunks) for table in (pa.table(columns), lesions, symptoms)]
    return SyntheticRun(*tables, manifest=manifest)


def _split(table: pa.Table, chunks: int) -> pa.Table:
    if chunks == 1:
        return table
    edges = np.linspace(0, table.num_rows, chunks + 1).astype(int)
    return pa.concat_tables([table.slice(a, b - a) for a, b in itertools.pairwise(edges.tolist())])


def synthetic_course(lesions: int = 12, seed: int = 1) -> SyntheticCourse:
    """One woman whose metastases recur, with `lesions` lesions and sampled growth."""
    rng = np.random.default_rng(seed)
    capacity, death = np.log(1e12), 8.1
    patient = {
        "patient": 4711, "age": 54.2, "subtype": "HR+/HER2-", "postmenopausal": True,
        "her2_low": True, "pd_l1_cps10": False, "gbrca": False, "pik3ca_pathway": True, "pik3ca": True,
        "growth_rate": 0.35, "doubling_time_days": 180.0, "tumour_age": 8.2,
        "detected_by": "symptoms", "diameter_mm": 22.0, "positive_nodes": 2, "t_stage": "T2",
        "n_stage": "N1", "stage": "regional", "adjuvant": "none", "presentation": "recurrent",
        "metastatic_at": 5.2, "found_by": "symptoms", "first_symptom": "pain", "bone": True,
        "lung": False, "liver": True, "brain": False, "other": False,
        "nodes": False, "visible_lesions": 3,
        "locoregional_at": None, "colonies": lesions, "died_at": death,
        "cause_of_death": "breast cancer", "outcome": "died of",
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    growth = [
        {"lesion": 0, "time_years": float(t),
         "log10_cells": float((capacity - capacity * np.exp(-0.19 * (t + 8.2))) / np.log(10))}
        for t in np.linspace(-8.2, 0, 40)
    ]  # fmt: skip
    for number in range(1, lesions + 1):
        founded = -2.1 if number == 1 else float(-rng.uniform(0.1, 3.0))
        asleep = number > 1 and (number == 5 or rng.random() < 0.3)
        woke = None if asleep else (3.4 if number == 1 else founded + float(rng.choice([0, 3, 5])))
        rate = 0.75 if number == 1 else float(np.exp(rng.normal(-0.8, 0.4)))
        visible = None
        log10 = 0.0
        if woke is not None:
            at = np.linspace(woke, death, 60)
            size = (capacity - capacity * np.exp(-rate * (at - woke))) / np.log(10)
            log10 = float(size[-1])
            over = np.flatnonzero(size > 8.7)
            visible = float(at[over[0]]) if over.size else None
            growth.append({"lesion": number, "time_years": founded, "log10_cells": 0.0})
            growth += [
                {"lesion": number, "time_years": float(t), "log10_cells": float(s)}
                for t, s in zip(at, size, strict=True)
            ]
        rows.append(
            {
                "patient": 4711, "lesion": number, "parent": 0 if number < 4 else 1,
                "multiplicity": number % 4 + 1,
                "organ": "bone" if number == 1 else str(rng.choice([*ORGANS, "node"])),
                "route": "blood" if number % 3 else "lymph", "founded_at": founded,
                "woke_at": woke, "growth_rate": rate,
                "eradicated_at": 0.4 if number == 5 else None, "visible_at": visible,
                "log10_cells": log10,
            }
        )  # fmt: skip
    symptoms = [
        {"patient": 4711, "lesion": 1, "organ": "bone", "symptom": "pain", "onset_at": 5.2},
        {"patient": 4711, "lesion": 1, "organ": "bone", "symptom": "fracture", "onset_at": 6.6},
        {"patient": 4711, "lesion": 2, "organ": "liver", "symptom": "jaundice", "onset_at": 7.7},
    ]
    return SyntheticCourse(patient, rows, symptoms, growth)
