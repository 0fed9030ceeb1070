"""`seedsoil sources`: where each number of the model comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from seedsoil.cli import console, options


def sources(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY",
            help="A parameter, mechanism, target, policy, drug, regimen, strategy, trial, price or source, "
            "or a group of them; all by default.",
            show_default=False,
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    as_json: options.Json = False,
) -> None:
    """Show where the model's numbers come from.

    For each number: value, unit, population, source, and whether it was verified at that source.

    \b
    Groups of keys:
      growth, spread, dormancy ...   mechanisms of the natural history
      therapy, resistance, recist    how drugs act, and how response is read
      utility                        what a year with the disease is worth
      combination                    cure by two drugs, for comparison
      screening, adjuvant            policies that --screening and --adjuvant name
      drug, regimen, strategy        what metastatic disease is treated with
      trial                          trials with their published results
      life_table                     death of other causes
      cost, use                      prices by perspective; how often what is used
      perspective, inflation, ppp    who pays; price indices and parities
      reference_case, norm           what agencies ask for; utility of people in general
    Targets of the fit, such as node_positivity, and sources are keys too.

    \b
    Examples:
      seedsoil sources                          every number, a line each
      seedsoil sources growth                   those of one mechanism
      seedsoil sources growth.log_rate          one of them in full
      seedsoil sources trial.PALOMA-2           a trial and its published results
      seedsoil sources strategy.2022            which regimens, in which order
      seedsoil sources adjuvant.1990s --json    a policy, for a program
      seedsoil sources cost.palbociclib         what it costs, in each perspective
    """
    from seedsoil.catalog import load
    from seedsoil.catalog.provenance import describe
    from seedsoil.catalog.provenance_text import render_text

    described = describe(load(catalog), key)
    if as_json:
        console.print_json(described)
    else:
        console.say(render_text(described))
