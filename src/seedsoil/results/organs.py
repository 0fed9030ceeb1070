"""Where metastases are: organs, timing, routes, and soil against flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Further, Shown, TextRows, text_table
from seedsoil.display.words import bare_interval, listed, of_women, percent, whole, with_error
from seedsoil.errors import InputError
from seedsoil.results.columns import (
    codes,
    flags,
    groups,
    integers,
    numbers,
    rows_of,
    women_with_metastases,
)
from seedsoil.results.intervals import standard_error, wilson
from seedsoil.vocabulary import DISTANT_NODES, ORGANS, ROUTES

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Floats, Integers, Tables


@dataclass(frozen=True)
class Organs(Shown):
    """Which organs metastases reach, when, by which route, and whether blood flow explains it.

    `involved`: rows (division, group, organ, women, involved) at the finding of metastases.
    `women`, `times`: women of the cohort, and for each organ the sorted years (0 = at diagnosis) at
    which disease was found through a lesion of it. `colonies`, `revealing`: counts by organ and
    route (blood, lymph) of all colonies, and of the lesions that revealed the disease.
    `shares`: for each organ the share of colonies founded by the primary or a node, its Monte-Carlo
    error (women, not colonies, are independent), and the share from blood flow alone.
    """

    title = "Where metastases are"

    involved: tuple[tuple[str, str, str, int, int], ...]
    women: int
    times: dict[str, Floats]
    colonies: Integers
    revealing: Integers
    shares: tuple[tuple[str, float, float, float], ...]

    def involvement(self) -> pa.Table:
        """Share of women with metastases in whom the organ is seen involved when they are found.

        Columns division (all, subtype, presentation), group, organ, women, involved, share,
        standard_error. A woman may have several organs involved, so shares add up to more than 1.
        """
        import pyarrow as pa

        division, group, organ, women, involved = (
            list(x) for x in zip(*self.involved, strict=True)
        )
        share = np.array(involved) / np.array(women)
        return pa.table(
            {
                "division": division,
                "group": group,
                "organ": organ,
                "women": women,
                "involved": involved,
                "share": share,
                "standard_error": standard_error(share, np.array(women)),
            }
        )

    def timing(self) -> pa.Table:
        """When disease is found, by the organ of the lesion that reveals it.

        Columns organ, women, at_diagnosis (women in whom that is at diagnosis), and the quartiles
        lower_quartile, median, upper_quartile of the years to recurrence (NaN where there is none).
        """
        import pyarrow as pa

        found = [self.times[organ] for organ in ORGANS]
        later = [times[times > 0] for times in found]
        blank = np.full(3, np.nan)
        quartiles = [np.quantile(t, [0.25, 0.5, 0.75]) if t.size else blank for t in later]
        return pa.table(
            {
                "organ": list(ORGANS),
                "women": [times.size for times in found],
                "at_diagnosis": [
                    times.size - after.size for times, after in zip(found, later, strict=True)
                ],
                "lower_quartile": [float(q[0]) for q in quartiles],
                "median": [float(q[1]) for q in quartiles],
                "upper_quartile": [float(q[2]) for q in quartiles],
            }
        )

    def routes(self) -> pa.Table:
        """Blood against lymph, by organ.

        Columns organ, lesions (all colonies, or those that revealed the disease), count, lymph_share,
        standard_error.
        """
        import pyarrow as pa

        rows: dict[str, list[Any]] = {"organ": [], "lesions": [], "count": [], "lymph_share": []}
        for name, counts in (("all colonies", self.colonies), ("revealing", self.revealing)):
            for organ, (blood, lymph) in zip(ORGANS, counts.tolist(), strict=True):
                total = blood + lymph
                rows["organ"].append(organ)
                rows["lesions"].append(name)
                rows["count"].append(total)
                rows["lymph_share"].append(lymph / total if total else float("nan"))
        error = standard_error(np.array(rows["lymph_share"]), np.array(rows["count"], dtype=float))
        return pa.table({**rows, "standard_error": error})

    def soil(self) -> pa.Table:
        """Colonies founded, against blood flow alone.

        Columns organ, share, standard_error, flow_share, ratio = share / flow_share, ratio_error.
        """
        import pyarrow as pa

        organ, share, error, flow = (list(column) for column in zip(*self.shares, strict=True))
        expected = np.array(flow)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio, ratio_error = np.array(share) / expected, np.array(error) / expected
        return pa.table(
            {
                "organ": organ,
                "share": share,
                "standard_error": error,
                "flow_share": flow,
                "ratio": ratio,
                "ratio_error": ratio_error,
            }
        )

    def table(self) -> pa.Table:
        """`involvement()`; see also `timing()`, `routes()`, `soil()`."""
        return self.involvement()

    @property
    def sentence(self) -> str:
        """Organs involved when metastatic disease was found, the commonest first."""
        whole_cohort = [row for row in self.involved if row[0] == "all"]
        parts = []
        for _, _, organ, women, involved in sorted(whole_cohort, key=lambda row: -row[4]):
            low, high = wilson(involved, women)
            parts.append(
                f"{organ} {percent(involved / women)} ({bare_interval(float(low), float(high))})"
            )
        return (
            f"When metastatic disease was found in {of_women(whole_cohort[0][3])}, the organs "
            f"involved were (95 % interval): {listed(parts)}."
        )

    @property
    def timing_sentence(self) -> str:
        """When and through which organ disease is found, in plain words with the numbers."""
        rows = self.timing().to_pylist()
        at_diagnosis = sum(row["at_diagnosis"] for row in rows)
        found = max(1, sum(row["women"] for row in rows))
        parts = [
            f"{row['organ']} {row['median']:.1f} years ({whole(row['women'] - row['at_diagnosis'])}"
            " women)"
            for row in rows
            if row["women"] > row["at_diagnosis"]
        ]
        later = f"; median time to recurrence by the organ that revealed it: {listed(parts)}"
        return (
            f"Of women with metastatic disease, {percent(at_diagnosis / found)} had it found at "
            f"diagnosis{later if parts else ''}."
        )

    @property
    def routes_sentence(self) -> str:
        """Blood against lymph, in plain words with the numbers."""
        parts = []
        for name, counts in (
            ("all colonies", self.colonies),
            ("the lesions that revealed the disease", self.revealing),
        ):
            total = int(counts.sum())
            if total:
                lymph = int(counts[:, 1].sum()) / total
                parts.append(f"{percent(lymph)} of {name} ({whole(total)})")
        if not parts:
            return "No colony was founded in this cohort."
        return f"Came by way of a lymph node: {listed(parts)}; the rest came through the blood."

    @property
    def soil_sentence(self) -> str:
        """Paget's soil against Ewing's flow, in plain words with the numbers."""
        if not self.shares:
            return "The run names no flow-only shares, so soil and flow cannot be compared."
        over = [row for row in self.shares if row[3] > 0]
        most = max(over, key=lambda row: row[1] / row[3])
        least = min(over, key=lambda row: row[1] / row[3])
        distance = 0.5 * sum(abs(share - flow) for _, share, _, flow in self.shares)
        return (
            f"Blood flow alone (Ewing) would put {percent(most[3])} of colonies in {most[0]} and "
            f"{percent(least[3])} in {least[0]}; founded were {percent(most[1])} and "
            f"{percent(least[1])}, which is {_times(most)} and {_times(least)} the flow: the soil "
            f"(Paget) moves {percent(distance)} of colonies to another organ."
        )

    def chart(self) -> dict[str, Any]:
        """Organs involved when metastases are found, by subtype, with 95 % intervals."""
        return self.involvement_chart("subtype")

    def involvement_chart(self, division: str = "subtype") -> dict[str, Any]:
        """Organs involved, by "subtype" or "presentation", with 95 % intervals."""
        from seedsoil.display.shares import dots_chart

        rows = []
        for kind, group, organ, women, involved in self.involved:
            if kind == division:
                low, high = wilson(involved, women)
                rows.append((organ, group, involved / women, float(low), float(high)))
        return dots_chart(
            rows,
            order=list(ORGANS),
            x_title="Women with metastases, organ involved",
            description=self.sentence,
        )

    def timing_chart(self) -> dict[str, Any]:
        """Women whose metastatic disease has been found, by the organ that revealed it."""
        from seedsoil.display.curves import Curve, curves_chart
        from seedsoil.results.incidence import HORIZON, IncidenceCurve
        from seedsoil.results.survival import round_times

        curves = []
        for organ in ORGANS:
            times = self.times[organ]
            curve = IncidenceCurve(organ, self.women, times, times)
            at = curve.drawn(HORIZON)
            share = curve.share(at)
            low, high = wilson(share * self.women, self.women)
            curves.append(Curve(organ, at, share, low, high))
        return curves_chart(
            curves,
            horizon=HORIZON,
            ticks=round_times(HORIZON),
            x_title="Years since diagnosis (0: at diagnosis)",
            y_title="Women with metastases found",
            at_risk={},
            description=self.timing_sentence,
            rising=True,
        )

    def routes_chart(self) -> dict[str, Any]:
        """Blood and lymph shares by organ, of all colonies and of the revealing lesions."""
        from seedsoil.display.stacked import AMBER, BLUE, stacked_chart

        kinds = (("all colonies", self.colonies.tolist()), ("revealed it", self.revealing.tolist()))
        rows = [
            (f"{organ}, {kind}", route, count / sum(counts[k]))
            for k, organ in enumerate(ORGANS)
            for kind, counts in kinds
            if sum(counts[k])
            for route, count in zip(ROUTES, counts[k], strict=True)
        ]
        return stacked_chart(
            rows,
            dict(zip(ROUTES, (AMBER, BLUE), strict=True)),
            x_title="Share of lesions",
            description=self.routes_sentence,
        )

    def soil_chart(self) -> dict[str, Any]:
        """Share of colonies by organ, against the share from blood flow alone."""
        from seedsoil.display.shares import soil_chart

        return soil_chart(self.shares, order=list(ORGANS), description=self.soil_sentence)

    def further(self) -> list[Further]:
        """Involvement by presentation, timing, routes, and soil against flow."""
        found = [
            Further("By presentation", self.sentence, self.involvement_chart("presentation"),
                    self.involvement()),
            Further("When it is found", self.timing_sentence, self.timing_chart(), self.timing()),
        ]  # fmt: skip
        if int(self.colonies.sum()):
            found.append(
                Further("Blood and lymph", self.routes_sentence, self.routes_chart(), self.routes())
            )
        if self.shares:
            found.append(
                Further("Soil and flow", self.soil_sentence, self.soil_chart(), self.soil())
            )
        return found

    def text_rows(self) -> TextRows:
        """Women with metastases of each division, and the share with each organ involved."""
        kinds = {row[:2] for row in self.involved}
        names = [g for d, g in dict.fromkeys(row[:2] for row in self.involved) if (d, g) in kinds]
        share = {(g, organ): (k / n, n) for _, g, organ, n, k in self.involved}
        rows = [
            [name, whole(share[name, ORGANS[0]][1]), *(percent(share[name, o][0]) for o in ORGANS)]
            for name in names
        ]
        return ["organs involved", "women", *ORGANS], rows

    def __repr__(self) -> str:
        lines = [text_table(*self.text_rows())]
        if self.shares:
            lines.append(self.soil_sentence)
        return "\n".join(lines)


def organs(run: Tables, flow_share: dict[str, float] | None = None) -> Organs:
    """Organs of metastases when found, timing, routes, and soil against flow.

    `flow_share`: share of colonies each organ would get from blood flow alone; by default the
    run's own (`run.manifest["flow_share"]`). Only colonies founded by the primary or by a lymph
    node are set against it, because both drain to the lung first, as the flow solution assumes;
    what a metastasis sheds starts elsewhere.
    Raises InputError where no woman of the cohort has metastatic disease found.
    """
    patients, lesions = run.patients, run.lesions
    found = women_with_metastases(patients)
    if not found.any():
        raise InputError("organs: no woman of this cohort has metastatic disease; simulate more.")
    row = rows_of(patients, integers(lesions, "patient"))
    organ, _ = codes(lesions, "organ", ORGANS)
    route, _ = codes(lesions, "route", ROUTES)
    colony = (organ >= 0) & (organ < len(ORGANS)) & (row >= 0)
    revealing_organ, revealing_lesion = _revealing(run, found, row, organ, colony)

    when = numbers(patients, "metastatic_at")
    times = {name: np.sort(when[revealing_organ == code]) for code, name in enumerate(ORGANS)}
    flow = run.manifest.get("flow_share") if flow_share is None else flow_share
    parent = integers(lesions, "parent")
    # what came to a lymph node by lymph did not go where the blood goes
    by_blood = (parent == 0) | ((route == ROUTES.index("lymph")) & (organ != DISTANT_NODES))
    from_breast = colony & by_blood
    shown = revealing_lesion[revealing_lesion >= 0]
    return Organs(
        involved=tuple(_involvement(patients, found)),
        women=patients.num_rows,
        times=times,
        colonies=_by_route(organ[colony], route[colony]),
        revealing=_by_route(organ[shown], route[shown]),
        shares=_colony_shares(row[from_breast], organ[from_breast], patients.num_rows, flow),
    )


def _involvement(patients: pa.Table, found: Any) -> list[tuple[str, str, str, int, int]]:
    seen = {organ: flags(patients, organ) for organ in ORGANS}
    rows = []
    for division, by in (("all", None), ("subtype", "subtype"), ("presentation", "presentation")):
        for group in groups(patients, by, found):
            women = int(group.members.sum())
            rows += [
                (division, group.name, organ, women, int((seen[organ] & group.members).sum()))
                for organ in ORGANS
            ]
    return rows


def _revealing(
    run: Tables, found: Any, row: Integers, organ: Integers, colony: Any
) -> tuple[Integers, Integers]:
    """For each woman the organ (code) and the row of the lesion that revealed her disease.

    Found by symptoms: the lesion behind the first symptom. Found by staging or a chance image: of
    the lesions then visible, the one that became visible first. -1 where the tables do not say.
    """
    patients, lesions, symptoms = run.patients, run.lesions, run.symptoms
    women = patients.num_rows
    revealing_organ = np.full(women, -1, dtype=np.int64)
    revealing_lesion = np.full(women, -1, dtype=np.int64)

    first, names = codes(patients, "first_symptom")
    symptom, symptom_names = codes(symptoms, "symptom")
    place = np.array([names.index(n) if n in names else -2 for n in symptom_names] + [-2])
    who = rows_of(patients, integers(symptoms, "patient"))
    match = np.flatnonzero((who >= 0) & (place[symptom] == first[who]) & found[who])
    revealing_organ[who[match]] = codes(symptoms, "organ", ORGANS)[0][match]
    number = integers(lesions, "lesion")
    limit = int(number.max(initial=0)) + 1
    # Women outside the tables have row -1: their keys are negative and match nothing.
    key = row * limit + number
    order = None if bool(np.all(key[1:] >= key[:-1])) else np.argsort(key, kind="stable")
    wanted = who[match] * limit + integers(symptoms, "lesion")[match]
    if key.size:
        at = np.minimum(np.searchsorted(key, wanted, sorter=order), key.size - 1)
        at = at if order is None else order[at]
        revealing_lesion[who[match]] = np.where(key[at] == wanted, at, -1)

    seen = found & (first < 0)
    when = numbers(patients, "metastatic_at")
    visible = numbers(lesions, "visible_at")
    candidate = np.flatnonzero(colony & seen[row] & (visible <= when[row]))
    candidate = candidate[np.lexsort((visible[candidate], row[candidate]))]
    owner, start = np.unique(row[candidate], return_index=True)
    revealing_lesion[owner] = candidate[start]
    revealing_organ[owner] = organ[candidate[start]]
    return revealing_organ, revealing_lesion


def _by_route(organ: Integers, route: Integers) -> Integers:
    counts = np.zeros((len(ORGANS), len(ROUTES)), dtype=np.int64)
    known = (organ >= 0) & (organ < len(ORGANS)) & (route >= 0)
    np.add.at(counts, (organ[known], route[known]), 1)
    return counts


def _colony_shares(
    row: Integers, organ: Integers, women: int, flow: dict[str, float] | None
) -> tuple[tuple[str, float, float, float], ...]:
    """Of each organ: its name, share of colonies, the error of that, and the flow-only share.

    Error of a ratio of sums over women:
    sqrt(Σ_w (c_wo - p_o c_w)²) / Σ c_w, because the colonies of one woman are not independent.
    """
    if flow is None or row.size == 0:
        return ()
    per_woman = np.bincount(row, minlength=women).astype(np.float64)
    total = float(row.size)
    shares = []
    for code, name in enumerate(ORGANS):
        own = np.bincount(row[organ == code], minlength=women)
        share = float(own.sum()) / total
        error = float(np.sqrt(np.sum((own - share * per_woman) ** 2))) / total
        shares.append((name, share, error, float(flow.get(name, 0.0))))
    return tuple(shares)


def _times(row: tuple[str, float, float, float]) -> str:
    """`8.1 ± 0.1 times`."""
    _, share, error, flow = row
    return f"{with_error(share / flow, error / flow)} times"
