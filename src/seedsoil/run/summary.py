"""What the command line says of a run, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.vocabulary import PRESENTATIONS

if TYPE_CHECKING:
    from seedsoil.run.run import Run


def summarise(run: Run) -> dict[str, Any]:
    """Presentation, outcomes, treatment and cure of a run's women: shares 0 to 1, times in years."""
    from seedsoil.results.reference import recurrence_reference

    cure = run.cure()
    metastatic = cure.overall.cured
    reference = recurrence_reference(run)
    summary: dict[str, Any] = {
        "manifest": run.manifest,
        "presentation": _presentation_shares(run),
        "outcomes": {
            name: {"share": share.value, "standard_error": share.standard_error}
            for name, share in cure.overall.outcomes.items()
        },
        "metastatic_women": metastatic.women,
        "treatment": _treatment(run),
        "recurrence": None
        if reference is None
        else {**reference.as_dict(), "sentence": reference.sentence},
        "cure": {
            "answer": cure.answer,
            "cured": metastatic.count,
            "share": metastatic.value,
            "interval_95": list(metastatic.interval),
        },
    }
    return summary


def _treatment(run: Run) -> dict[str, Any]:
    """Of the women whose metastatic disease was found in life: survival, lines and eradication."""
    from seedsoil.results.columns import codes, numbers, women_found_in_life
    from seedsoil.results.shares import Share

    patients = run.patients
    alive = women_found_in_life(patients)
    women = int(alive.sum())
    if women == 0:
        return {"women": 0}
    lines = numbers(patients, "lines")[alive]
    outcome, outcomes = codes(patients, "outcome", ("eradicated",))
    eradicated = Share(int((outcome[alive] == outcomes.index("eradicated")).sum()), women)
    median, low, high = run.survival(since="found in life").curves[0].median
    return {
        "women": women,
        "treated": int((lines > 0).sum()),
        "median_survival_years": {"median": median, "interval_95": [low, high]},
        "lines": {
            "mean": float(lines.mean()),
            "standard_error": float(lines.std() / women**0.5) if women > 1 else float("nan"),
        },
        "eradicated": {
            "women": eradicated.count,
            "share": eradicated.value,
            "standard_error": eradicated.standard_error,
            "interval_95": list(eradicated.interval),
        },
    }


def _presentation_shares(run: Run) -> dict[str, float]:
    from seedsoil.results.columns import codes

    found, names = codes(run.patients, "presentation", PRESENTATIONS)
    return {name: float((found == code).mean()) for code, name in enumerate(names)}
