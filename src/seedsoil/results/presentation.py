"""How the disease shows itself: sizes at diagnosis, symptoms, and how metastases are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Further, Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women, percent
from seedsoil.results.columns import codes, integers, numbers, rows_of, women_with_metastases
from seedsoil.results.intervals import standard_error, wilson
from seedsoil.vocabulary import ORGANS, PRESENTATIONS

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Floats, Tables

# How metastatic disease is found, and the words for it in a sentence and beside a bar.
FOUND_BY = {
    "symptoms": ("by symptoms", "symptoms"),
    "staging": ("by staging at diagnosis", "none: staging at diagnosis"),
    "image": ("by a chance image", "none: chance image"),
    "death": ("only at death", "none: found at death"),
}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Presentation(Shown):
    """Symptoms at presentation, how metastases were found, sizes of the primary at diagnosis.

    `symptom_rows`: (organ, symptom, women it revealed, women who ever had it). `metastatic`: women
    with metastatic disease found. `found_rows`: (presentation, found by, women, women in that
    presentation). `diameters`: sorted, mm. `detected_rows`: (detected by, women).
    """

    title = "How the disease shows itself"

    symptom_rows: tuple[tuple[str, str, int, int], ...]
    metastatic: int
    found_rows: tuple[tuple[str, str, int, int], ...]
    diameters: Floats
    detected_rows: tuple[tuple[str, int], ...]

    def symptoms(self) -> pa.Table:
        """Symptoms of metastases: which revealed the disease, and who ever had them.

        Columns organ, symptom, revealed and ever (women), revealed_share and ever_share of women with
        metastatic disease, standard_error (of revealed_share).
        """
        import pyarrow as pa

        organ, symptom, revealed, ever = ([row[i] for row in self.symptom_rows] for i in range(4))
        n = max(1, self.metastatic)
        share = np.array(revealed, dtype=np.float64) / n
        return pa.table(
            {
                "organ": pa.array(organ, pa.string()),
                "symptom": pa.array(symptom, pa.string()),
                "revealed": pa.array(revealed, pa.int64()),
                "ever": pa.array(ever, pa.int64()),
                "revealed_share": share,
                "ever_share": np.array(ever, dtype=np.float64) / n,
                "standard_error": standard_error(share, float(n)),
            }
        )

    def found_by(self) -> pa.Table:
        """presentation, found_by, count, women, share, standard_error."""
        import pyarrow as pa

        kind, way, count, women = ([row[i] for row in self.found_rows] for i in range(4))
        share = np.array(count, dtype=np.float64) / np.maximum(np.array(women, dtype=float), 1.0)
        return pa.table(
            {
                "presentation": pa.array(kind, pa.string()),
                "found_by": pa.array(way, pa.string()),
                "count": pa.array(count, pa.int64()),
                "women": pa.array(women, pa.int64()),
                "share": share,
                "standard_error": standard_error(share, np.array(women, dtype=float)),
            }
        )

    def sizes(self) -> pa.Table:
        """quantile, diameter_mm: of the primary at diagnosis."""
        import pyarrow as pa

        return pa.table(
            {
                "quantile": list(QUANTILES),
                "diameter_mm": np.quantile(self.diameters, QUANTILES),
            }
        )

    def histogram(self) -> pa.Table:
        """Diameters at diagnosis in classes: from_mm, to_mm (infinite in the last row), count, share.

        Classes of round width cover 99 % of the women in 20 to 45 steps; the last holds all larger
        tumours.
        """
        import pyarrow as pa

        last = float(np.quantile(self.diameters, 0.99))
        width = next((w for w in (1.0, 2.0, 5.0, 10.0, 20.0) if last / w <= 45), last / 45)
        edges = width * np.arange(np.ceil(last / width) + 1)
        count = np.diff(np.searchsorted(self.diameters, np.append(edges, np.inf), side="left"))
        return pa.table(
            {
                "from_mm": edges,
                "to_mm": np.append(edges[1:], np.inf),
                "count": count,
                "share": count / self.diameters.size,
            }
        )

    def table(self) -> pa.Table:
        """`symptoms()`; see also `found_by()`, `sizes()`, `histogram()`."""
        return self.symptoms()

    @property
    def sentence(self) -> str:
        """How metastatic disease was found, and the commonest first symptoms."""
        if not self.metastatic:
            return "No woman of this cohort had metastatic disease found."
        first = sorted(self.symptom_rows, key=lambda row: -row[2])[:4]
        named = [f"{symptom} ({organ}) {percent(revealed / self.metastatic)}"
                 for organ, symptom, revealed, _ in first]  # fmt: skip
        ways = []
        for way, (words, _) in FOUND_BY.items():
            if self._found(way):
                ways.append(f"{words} in {percent(self._found(way) / self.metastatic)}")
        return (
            f"Metastatic disease of {of_women(self.metastatic)} was found {listed(ways)}; "
            f"the commonest first symptoms: {listed(named)}."
        )

    def _found(self, way: str) -> int:
        return sum(row[2] for row in self.found_rows if row[1] == way)

    @property
    def size_sentence(self) -> str:
        """Sizes at diagnosis, in one plain sentence with the numbers."""
        low, _, median, _, high = np.quantile(self.diameters, QUANTILES)
        small = float(np.mean(self.diameters <= 20.0))
        spread = float(standard_error(small, self.diameters.size))
        return (
            f"At diagnosis the median tumour measured {median:.0f} mm (5 to 95 % of women: "
            f"{low:.0f} to {high:.0f} mm), and {percent(small)} ± {100 * spread:.1f} were 20 mm or "
            "smaller (± Monte-Carlo standard error)."
        )

    def chart(self) -> dict[str, Any]:
        """Symptoms that revealed metastatic disease, with 95 % intervals."""
        from seedsoil.display.shares import bars_chart

        rows = []
        for organ, symptom, revealed, _ in sorted(self.symptom_rows, key=lambda row: -row[2]):
            low, high = wilson(revealed, max(1, self.metastatic))
            label = f"{symptom} ({organ})"
            rows.append((label, revealed / max(1, self.metastatic), float(low), float(high)))
        for way, (_, label) in FOUND_BY.items():
            count = self._found(way)
            if way != "symptoms" and count:
                low, high = wilson(count, max(1, self.metastatic))
                rows.append((label, count / max(1, self.metastatic), float(low), float(high)))
        return bars_chart(
            rows,
            x_title="Women with metastatic disease",
            description=self.sentence,
        )

    def size_chart(self) -> dict[str, Any]:
        """Histogram of the primary's diameter at diagnosis, with its median and 5-95 % range."""
        from seedsoil.display.shares import histogram_chart

        rows = self.histogram().to_pylist()
        low, _, median, _, high = (float(q) for q in np.quantile(self.diameters, QUANTILES))
        return histogram_chart(
            [(row["from_mm"], row["to_mm"], row["share"]) for row in rows],
            marks=[(low, f"5\u00a0%: {low:.0f} mm"), (median, f"median {median:.0f} mm"),
                   (high, f"95\u00a0%: {high:.0f} mm")],
            x_title="Diameter at diagnosis, mm",
            y_title="Women",
            description=self.size_sentence,
        )  # fmt: skip

    def further(self) -> list[Further]:
        """Sizes of the primary at diagnosis."""
        return [
            Further("Size at diagnosis", self.size_sentence, self.size_chart(), self.histogram())
        ]

    def text_rows(self) -> TextRows:
        """Symptoms, with the share of women whom each revealed and who ever had it."""
        rows = [
            [f"{symptom} ({organ})", percent(revealed / max(1, self.metastatic)),
             percent(ever / max(1, self.metastatic))]
            for organ, symptom, revealed, ever in self.symptom_rows
        ]  # fmt: skip
        header = [f"of {of_women(self.metastatic)}", "revealed it", "ever had it"]
        return header, rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.size_sentence}\n{self.sentence}"


def presentation(run: Tables) -> Presentation:
    """Symptoms that revealed metastatic disease, how it was found, and sizes at diagnosis."""
    patients = run.patients
    found = women_with_metastases(patients)
    first, first_names = codes(patients, "first_symptom")
    kind, kinds = codes(patients, "presentation", PRESENTATIONS)
    way, ways = codes(patients, "found_by", tuple(FOUND_BY))
    detected, detected_names = codes(patients, "detected_by")
    found_rows = [
        (kinds[k], ways[w], int(np.sum((kind == k) & (way == w))), int(np.sum(kind == k)))
        for k in range(1, len(kinds))
        for w in range(len(ways))
    ]
    return Presentation(
        symptom_rows=tuple(_symptom_rows(run, found, first, first_names)),
        metastatic=int(found.sum()),
        found_rows=tuple(row for row in found_rows if row[3]),
        diameters=np.sort(numbers(patients, "diameter_mm")),
        detected_rows=tuple(
            (name, int(np.sum(detected == code))) for code, name in enumerate(detected_names)
        ),
    )


def _symptom_rows(
    run: Tables, found: Any, first: Any, first_names: list[str]
) -> list[tuple[str, str, int, int]]:
    """Every organ and symptom of the symptoms table: women it revealed, women who ever had it."""
    symptoms = run.symptoms
    organ, organ_names = codes(symptoms, "organ", ORGANS)
    symptom, symptom_names = codes(symptoms, "symptom")
    row = rows_of(run.patients, integers(symptoms, "patient"))
    place = np.array([first_names.index(n) if n in first_names else -2 for n in symptom_names])
    known = (row >= 0) & (organ >= 0) & (symptom >= 0)
    organ, symptom, row = organ[known], symptom[known], row[known]
    reveals = found[row] & (place[symptom] == first[row])
    rows = []
    for code in np.unique(organ * len(symptom_names) + symptom).tolist():
        o, s = divmod(code, len(symptom_names))
        here = (organ == o) & (symptom == s)
        revealed, ever = int(np.sum(here & reveals)), int(np.sum(here & found[row]))
        rows.append((organ_names[o], symptom_names[s], revealed, ever))
    return rows
