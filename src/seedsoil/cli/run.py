"""`seedsoil run`: simulate a cohort and write a run directory."""

from __future__ import annotations

import contextlib
import math
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import console, long_run, memory, options, summary_run, workers
from seedsoil.errors import InputError
from seedsoil.run.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Collection

    from seedsoil.catalog import Catalog
    from seedsoil.results.draws_section import Told

REPORT_WOMEN = 100_000
"""The report of a larger cohort draws its first so many women: memory stays bounded, and the
Monte-Carlo error of that many is below what a chart can show."""
SUMMARY_WOMEN = 1_000_000
"""Above this the summary, too, is of the first REPORT_WOMEN women, so that memory stays flat."""
DRAWS = "draws.csv"
OF_CHANCE = (
    "those above, and ±, are of simulation alone; "
    "--draws 100 tells what is not known of the parameters"
)
OF_CHANCE_AND_POSTERIOR = (
    "those above, and ±, are of simulation alone; sd by parameters: the standard deviation that the "
    "posterior leaves open; --draws 100 tells it of all numbers"
)
OF_CHANCE_DRAWN = (
    "those above, and ±, are of simulation alone, with the values in use; "
    "below the parameters are drawn"
)
EXCEL_WOMEN = 100_000
"""Their two million lesions fill two sheets and take a minute."""
SUMMARY_COLUMNS = (
    "patient",
    "presentation",
    "metastatic_at",
    "found_by",
    "died_at",
    "outcome",
    "lines",
    "age",
    "subtype",
    "diameter_mm",
    "positive_nodes",
)


def run(
    women: options.Women = 100_000,
    seed: options.Seed = 1,
    first: options.First = 0,
    age: options.Age = None,
    subtype: options.Subtype = None,
    threads: options.Threads = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, new or empty; runs/<id> by default.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    strategy: options.Strategy = options.STRATEGY,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    summary_only: Annotated[
        bool,
        typer.Option(
            "--summary-only",
            help="Count, and write no tables of women: any number of them in flat memory; times to the day.",
        ),
    ] = False,
    draws: options.Draws = None,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Do not write report.html.")
    ] = False,
    formats: options.Formats = None,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Simulate a cohort of women and write its tables and report.

    Usual care from diagnosis to death: adjuvant therapy by era, metastatic disease by strategy. The run
    directory holds patients.parquet, lesions.parquet, symptoms.parquet, lines.parquet (lines of therapy) and
    drugs.parquet (when each of their drugs was given; times in years from the diagnosis of the primary,
    diameters in mm), manifest.json and report.html. It appears when it is complete; nothing is ever
    overwritten. If more than a million women are interrupted, the same command goes on where they stopped.

    --age and --subtype choose among the women simulated: --women counts those simulated, each woman keeps her
    number, and all numbers are of those kept, as the report says.

    \b
    Examples:
      seedsoil run --women 100000 --seed 1
      seedsoil run --strategy mine.toml --adjuvant 2000s
      seedsoil run --strategy untreated --adjuvant none
      seedsoil run --women 1000000 --out screened --screening biennial-50-74
      seedsoil run --women 10000 --format csv,svg
      seedsoil run --women 1e6 --subtype TNBC --age 40-49
      seedsoil run --set dormancy.share=+20% --out more-dormancy
      seedsoil run --women 1e8 --summary-only
      seedsoil run --women 100000 --draws 100
      seedsoil run --women 1000 --json

    For research and teaching: populations, not advice for any one person.
    """
    memory.require()
    from seedsoil.run.run import REPORT
    from seedsoil.storage import how_to_delete, publish, publish_numbered, unfinished
    from seedsoil.vocabulary import UNTREATED

    wanted = options.formats(formats)
    only = options.kept(age, subtype)
    if summary_only:
        summary_run.require_plain(
            {
                "--age": age,
                "--subtype": subtype,
                "--format": formats,
                "--no-report": no_report,
                "--draws": draws,
            }
        )
        summary_run.run(
            [strategy],
            women,
            out,
            parent=options.RUNS,
            on=(threads, processes, scheduler),
            directory=catalog,
            changes=changes,
            yes=yes,
            as_json=as_json,
            made={"seed": seed, "first": first, "screening": screening, "adjuvant": adjuvant},
        )
        return
    summary_run.require_threads(processes, scheduler)
    if "xlsx" in wanted and women > EXCEL_WOMEN:
        raise InputError(
            f"--format xlsx: an Excel workbook of more than {EXCEL_WOMEN:,} women is too large; use csv."
        )
    if no_report and {"svg", "png"} & set(wanted):
        raise InputError(
            "--format svg or png draws the charts of the report; leave out --no-report."
        )
    parent, name = (options.RUNS, "run") if out is None else (out.parent, out.name)
    if out is None:
        console.tell_leftovers(parent)
    console.claim(out, directory=True)
    chosen = options.load_catalog(catalog, changes)
    _check_draws(draws, chosen)
    console.tell_first_compilation(treated=strategy != UNTREATED)
    from seedsoil.run import parts
    from seedsoil.run.simulate import stream

    made: dict[str, Any] = {
        "seed": seed,
        "first": first,
        "threads": threads,
        "screening": screening,
        "adjuvant": adjuvant,
        "strategy": strategy,
        "catalog": chosen,
        "only": only,
    }
    alone = {**made, "threads": 1, "anyone": False}

    def files(count: int) -> long_run.Sample:
        with tempfile.TemporaryDirectory() as folder:
            stream(Path(folder), count, **alone)
            return long_run.Sample(files=sum(f.stat().st_size for f in Path(folder).iterdir()))

    long_run.ask(women, files, threads=threads, yes=yes, parent=parent)
    stem = f"women{women}-seed{seed}{f'-first{first}' * bool(first)}"
    place = parts.place_of_parts(parent, stem if out is None else name)
    for left in parts.left_in(parent):
        if left != place:
            console.note(
                f"{left} holds an interrupted run, which its command goes on with; {how_to_delete(left)}"
            )
    with contextlib.ExitStack() as stack:
        if women > parts.PART or place.exists():
            done = stack.enter_context(parts.keeping(place, women, **made))
            if done:
                console.note(f"goes on after {done:,} of {women:,} women, which {place} holds")
        partial = stack.enter_context(unfinished(parent, name))
        with console.progress(women, "women") as show:
            if women > parts.PART:
                counts = parts.stream_in_parts(partial, place, women, progress=show, **made)
            else:
                counts = stream(partial, women, progress=show, **made)
        manifest = {
            "command": options.command_line(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **counts,
        }
        over = None
        if draws is not None:
            over = _over_draws(partial, draws, women, {**made, "first": first + women})
        summary = _finish(partial, manifest, chosen, over, report=not no_report)
        _export(partial, wanted)
        if out is not None:
            directory = publish(partial, out)
        else:
            digest = manifest["strategy_hash"] or manifest["parameters_hash"]
            directory = publish_numbered(partial, f"{stem}-{digest[:8]}")
    summary = {"directory": str(directory), **summary}
    if not no_report:
        summary["report"] = str(directory / REPORT)
    if as_json:
        if draws is not None:
            del summary["draws"]["rows"]
        console.print_json(summary)
    else:
        _print(summary)


def _check_draws(draws: int | None, catalog: Catalog | None) -> None:
    """Refuse draws that there are not, before the work."""
    if draws is not None:
        from seedsoil.catalog import load
        from seedsoil.results.draws import check_draws

        check_draws(draws, catalog or load())


def _over_draws(partial: Path, draws: int, women: int, made: dict[str, Any]) -> Told:
    """The headlines over draws, written as draws.csv."""
    import pyarrow.csv as csv

    from seedsoil.results.draws import draws_table
    from seedsoil.results.draws_section import Told
    from seedsoil.run.draws import headlines_over_draws

    each = min(women, options.DRAW_WOMEN)
    with console.progress(draws * each, "women") as show:
        found = headlines_over_draws(draws, women=each, progress=show, **made)
    csv.write_csv(draws_table([one.record() for one in found]), partial / DRAWS)
    return Told(found, draws, each, run_women=women)


def _finish(
    partial: Path,
    manifest: dict[str, Any],
    catalog: Catalog | None,
    over: Told | None,
    *,
    report: bool,
) -> dict[str, Any]:
    """Write manifest and report beside the tables in `partial`; return what the summary says."""
    from seedsoil.run.parameter_spread import record, spreads, told
    from seedsoil.run.run import REPORT, Run
    from seedsoil.storage import write_manifest

    write_manifest(partial, manifest)
    run = Run.from_directory(partial, manifest)
    first = run.head(REPORT_WOMEN)
    if REPORT_WOMEN < manifest["women"] <= SUMMARY_WOMEN:
        summary = summarise(run.narrow(SUMMARY_COLUMNS))
    else:
        summary = summarise(first)
    known = spreads(manifest, catalog)
    summary = {
        "summarised_women": summary["manifest"]["women"],
        **summary,
        "manifest": manifest,
        "posterior": record(known),
    }
    if report:
        spread = "" if over is not None else told(known)  # draws tell it themselves
        first.report(partial / REPORT, catalog=catalog, draws=over, spread=spread)
    if over is not None:
        summary["draws"] = {
            "draws": over.draws,
            "women": over.women,
            "headlines": [one.record() for one in over.found],
            "rows": [one.row() for one in over.found],
        }
    return summary


def _export(partial: Path, formats: Collection[str]) -> None:
    """Write the tables and the report's charts in the `formats` asked for."""
    from seedsoil.display.export import export
    from seedsoil.run.run import REPORT, TABLES

    tables = {name: partial / f"{name}.parquet" for name in TABLES}
    drawn = (partial / REPORT).read_text("utf-8") if (partial / REPORT).exists() else ""
    export(partial, formats, tables, drawn)


def _print(summary: dict[str, Any]) -> None:
    from seedsoil.display.words import listed, of_women, percent
    from seedsoil.results.where import only_words
    from seedsoil.run.parameter_spread import words_beside
    from seedsoil.run.run import NOT_ADVICE

    manifest = summary["manifest"]
    rate = manifest.get("simulated", manifest["women"]) / max(manifest["seconds"], 0.001)
    shares = sorted(summary["presentation"].items(), key=lambda share: -share[1])
    treatment = summary["treatment"]
    # over draws the table below tells it of every number
    beside = {} if "draws" in summary else words_beside(summary["posterior"])
    chosen = f" of {only_words(manifest)}" if "only" in manifest else ""
    if manifest["first_patient"]:
        chosen += f", from woman {manifest['first_patient']:,} on"
    lines = [
        (
            "cohort",
            f"{of_women(manifest['women'])}{chosen}, seed {manifest['seed']}, "
            f"screening {manifest['screening']}, adjuvant {manifest['adjuvant']}, "
            f"strategy {manifest['strategy']}; {manifest['seconds']:.1f} s, {rate:,.0f} women a second",
        ),
        ("metastasis", listed([f"{name} {percent(share)}" for name, share in shares])),
    ]
    if treatment["women"]:
        lines += _treatment_lines(treatment, manifest["strategy"], beside)
    if summary["recurrence"]:
        lines.append(("recurrence", summary["recurrence"]["sentence"]))
    lines.append(("a cure?", summary["cure"]["answer"]))
    if summary["summarised_women"] < manifest["women"]:
        lines.append(
            ("note", f"the lines above are of the first {summary['summarised_women']:,} women")
        )
    if manifest.get("truncated_lesions"):
        lines.append(
            (
                "note",
                f"{of_women(manifest['truncated_lesions'])} had more than {manifest['storage_cap']:,} "
                "records of colonies; what they founded later is left out",
            )
        )
    alone = OF_CHANCE_AND_POSTERIOR if beside else OF_CHANCE
    lines.append(("intervals", OF_CHANCE_DRAWN if "draws" in summary else alone))
    console.print_facts(lines)
    if "draws" in summary:
        from seedsoil.results.draws import HEADER, told

        console.say(told(summary["draws"]["draws"], summary["draws"]["women"]))
        console.print_table(HEADER, summary["draws"]["rows"])
    # Places stand on a line each, so that they can be copied.
    places = [("tables", summary["directory"])]
    if "report" in summary:
        part = f" (the first {REPORT_WOMEN:,} women)" if manifest["women"] > REPORT_WOMEN else ""
        places.append(("report", summary["report"] + part))
    for name, place in places:
        console.say(f"  {place}", title=name.ljust(console.NAME))
    console.say(NOT_ADVICE)


def _treatment_lines(
    treatment: dict[str, Any], strategy: str, beside: dict[str, str]
) -> list[tuple[str, str]]:
    """Survival and treatment; `beside`: by headline, what is not known of the parameters."""
    from seedsoil.display.words import bounds_nothing, of_women
    from seedsoil.results.shares import Share
    from seedsoil.vocabulary import UNTREATED

    women, treated = treatment["women"], treatment["treated"]
    survival = treatment["median_survival_years"]
    low, high = survival["interval_95"]
    few = bounds_nothing(low, high)
    interval = "too few women for an interval" if few else f"95 % interval {low:.2f} to {high:.2f}"
    more = {name: f"; {words}" for name, words in beside.items()}
    care = ", untreated" if strategy == UNTREATED else ""
    lines = [
        (
            "survival",
            f"from metastatic disease found in life{care}: median {survival['median']:.2f} years ({interval}"
            f"{more.get('median_survival', '')})",
        )
    ]
    if strategy != UNTREATED:
        mean, error = treatment["lines"]["mean"], treatment["lines"]["standard_error"]
        given = f"{mean:.2f} ± {error:.2f}" if math.isfinite(error) else f"{mean:.2f}"
        eradicated = Share(treatment["eradicated"]["women"], women)
        lines.append(
            (
                "treatment",
                f"{treated:,} of {of_women(women)} with metastatic disease found in life treated; "
                f"{given} lines a woman; eradicated in {eradicated.words}"
                + more.get("eradicated", ""),
            )
        )
    return lines
