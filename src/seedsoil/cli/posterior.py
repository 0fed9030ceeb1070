"""`seedsoil posterior`: the joint posterior of all fitted numbers, from a cloud of simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, memory, options, workers
from seedsoil.cli.counts import count


def posterior(
    points: Annotated[
        int, typer.Option(parser=count, help="Simulations of the cloud.", metavar="N")
    ] = 3_000,
    women: Annotated[
        int,
        typer.Option(
            parser=count,
            help="Women of each scenario of the natural history, a point.",
            metavar="N",
        ),
    ] = 8_000,
    enrolled: Annotated[
        int,
        typer.Option(parser=count, help="Women to enrol in each trial, a point.", metavar="N"),
    ] = 100,
    verified: Annotated[
        int,
        typer.Option(
            parser=count,
            help="Draws of the posterior to simulate on fresh women; 0: none.",
            metavar="N",
        ),
    ] = 300,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check it, too: toys whose posterior is known, four methods, simulation-based calibration, "
            "and the emulator beside the simulator for five parameters.",
        ),
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option(help="New file for the table of the checks as a page.", metavar="FILE"),
    ] = None,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    catalog: options.CatalogDirectory = None,
    out: Annotated[
        Path,
        typer.Option(help="Directory to work in; gone on with where it is there.", metavar="DIR"),
    ] = Path("posterior"),
    as_json: options.Json = False,
) -> None:
    """Find the joint posterior of the natural history and the drugs, and draw from it.

    A cloud of simulations around the values in use, every point on women of its own; an emulator of every
    target; Hamiltonian Monte Carlo on it, with the scale of discrepancy of each group of targets inferred;
    300 draws verified on fresh women, and learnt from where the emulator is off. About 3 core-seconds a
    point: 3,000 take an hour and a half on two cores. A command that is killed goes on where it was when it
    is given again, on threads, processes or a cluster; with more --points a finished cloud grows.

    The directory then holds posterior.parquet (1,000 draws), chains.npz (all samples, for ArviZ),
    posterior.json (how it went), and values/ with the mode as files of a catalog, for --catalog. Checks take
    about half an hour on two cores, most of it 160 more simulations, and go on after a kill, too.

    \b
    Examples:
      seedsoil posterior --points 3000 --threads 2 --out posterior
      seedsoil posterior --points 10000 --scheduler tcp://10.0.0.5:8786 --out posterior
      seedsoil posterior --out posterior --check --markdown posterior-checks.md
      seedsoil run --catalog posterior/values --out at-the-mode
    """
    memory.require()
    from seedsoil.calibration.posterior import checks, left_out
    from seedsoil.calibration.posterior import find as finding
    from seedsoil.calibration.posterior.engine import Sizes
    from seedsoil.calibration.posterior.informed import not_informed
    from seedsoil.calibration.posterior.verdict import HEADER
    from seedsoil.catalog import load
    from seedsoil.errors import InputError, whole_number
    from seedsoil.simulation.shards import check_cohort
    from seedsoil.storage import write_new

    whole_number("verified", verified, least=0, most=100_000, problem="is no number of draws")
    whole_number("women", women, least=1_000, most=1_000_000, problem="are no women of a point")
    whole_number("enrolled", enrolled, least=1, most=100_000, problem="is no trial")
    if markdown is not None and not check:
        raise InputError("--markdown: is for the table of the checks; add --check")
    console.claim(markdown)
    console.tell_first_compilation()
    used, on = options.load_catalog(catalog) or load(), check_cohort(women, seed, 0, threads)
    with workers.on_asked(threads, processes, scheduler):
        found = finding.find(
            out,
            catalog=used,
            settings=finding.Settings(
                points=points,
                seed=seed,
                sizes=Sizes(women=women, enrolled=enrolled),
                verified=verified,
            ),
            threads=on,
            command=options.command_line(),
            progress=console.note,
        )
        made, left = [], []
        if check:
            made = checks.check(
                found, catalog=used, place=out / "checks", threads=on, say=console.note
            )
            left = checks.left_out(found, console.note)
    if markdown is not None:
        page = checks.markdown(made, left, options.command_line(), found.record)
        write_new(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        told = {}
        if check:
            told["checks"] = [vars(one) for one in made]
            told["left_out"] = [dict(zip(left_out.HEADER, one.row(), strict=True)) for one in left]
        console.print_json({"directory": str(out), **found.record, **told})
        return
    if made:
        console.print_table(HEADER, [one.row() for one in made])
        console.say()
        console.print_table(left_out.HEADER, [*(one.row() for one in left), left_out.total(left)])
        console.say()
    record = found.record
    console.print_table(*found.headline_rows())
    loose = not_informed(record["parameters_informed"])
    console.say(
        f"\n{record['parameters']} parameters, {record['targets']} targets; bulk ESS at least "
        f"{record['bulk_ess']['least']:,.0f}, split R-hat at most {record['r_hat']['largest']:.3f}. "
        f"{len(loose)} parameters are hardly informed: their spread is 90 % or more of the prior's."
    )
    console.say(f"draws   {out / finding.SHIPPED}")
    console.say(f"values  {out / finding.VALUES}")
