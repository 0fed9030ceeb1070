"""`seedsoil fit`: the parameters that bring the simulation nearest to the targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import console, fitting, options

if TYPE_CHECKING:
    from seedsoil.calibration import Comparison, Fit


def fit(
    women: Annotated[
        int, typer.Option(help="Women to simulate for each try and scenario.", metavar="N")
    ] = 40_000,
    seed: options.Seed = 1,
    iterations: fitting.Iterations = 12,
    threads: options.Threads = None,
    from_priors: fitting.FromPriors = False,
    check: fitting.Check = False,
    catalog: options.CatalogDirectory = None,
    out: fitting.FittedFile = Path("fitted.toml"),
    table: Annotated[
        Path | None,
        typer.Option(
            help="New file for the table as CSV; beside the fitted values if not given.",
            metavar="FILE",
        ),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(help="New file for the table as a page, misses first.", metavar="FILE"),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Fit the parameters to the natural-history targets, or check how well they fit.

    Maximum a posteriori with the catalog's priors; every try simulates the same women. Takes about
    a minute a step and core. Prints each target with its observed and simulated value, in the
    target's own unit, and their distance z in standard errors of sampling and Monte-Carlo. A
    directory that holds the written file can be given to the other commands as --catalog. The
    table is written beside it, as .csv.

    \b
    Examples:
      seedsoil fit --check --women 60000 --seed 2 --markdown validation.md
      seedsoil fit --women 40000 --seed 1 --iterations 12 --out mine/fitted.toml
    """
    from seedsoil.calibration import fit as find
    from seedsoil.calibration.table import markdown as to_markdown
    from seedsoil.calibration.table import write_csv
    from seedsoil.storage import require_free, write_new

    if not check:
        table = table or out.with_suffix(".csv")
    for path in (None if check else out, table, markdown):
        if path is not None:
            require_free(path)
    console.tell_first_compilation(treated=False)
    result = find(
        women=women,
        seed=seed,
        iterations=0 if check else iterations,
        threads=threads,
        catalog=options.load_catalog(catalog),
        from_priors=from_priors,
        progress=console.note,
    )
    if not check:
        write_new(out, lambda path: fitting.write_fit(result, path, seed=seed, women=women))
    if table:
        write_new(table, lambda path: write_csv(result.comparisons, path))
    if markdown:
        page = to_markdown(result.comparisons, options.command_line())
        write_new(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        console.print_json({"file": None if check else str(out), **_as_json(result)})
        return
    typer.echo(_table(result.comparisons))
    misses = f"{len(result.misses)} of {len(result.comparisons)} targets"
    typer.echo(f"\nloss {result.loss:.1f}; {misses} are missed by more than 3 standard errors")
    if not check:
        typer.echo(f"fitted values  {out}")


def _as_json(result: Fit) -> dict[str, Any]:
    return {
        "loss": result.loss,
        "evaluations": result.evaluations,
        "values": result.values,
        "standard_errors": result.standard_errors,
        "targets": [
            {
                "target": f"{row.group}.{row.cell}",
                "observed": row.observed,
                "simulated": row.simulated,
                "z": row.z,
                "unit": row.unit,
                "standard_error": row.se,
                "monte_carlo_error": row.mc,
                "discrepancy": row.discrepancy,
                "fitted": row.fitted,
            }
            for row in result.comparisons
        ],
    }


def _table(rows: list[Comparison]) -> str:
    from seedsoil.display.shown import text_table

    cells = [
        [
            f"{row.group}.{row.cell}",
            f"{row.observed:.4g}",
            f"{row.simulated:.4g}",
            f"{row.z:+.1f}",
            row.unit,
            "fitted" if row.fitted else "not fitted",
        ]
        for row in rows
    ]
    return text_table(["target", "observed", "simulated", "z", "unit", ""], cells)
