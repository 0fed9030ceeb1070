"""The program `seedsoil`: its commands, and how an error becomes one line and an exit code."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from seedsoil import storage
from seedsoil._version import __version__
from seedsoil.cli import (
    compare,
    console,
    design,
    fit,
    fit_drugs,
    match,
    memory,
    patient,
    run,
    sources,
    startup,
    trial,
    validate,
)
from seedsoil.errors import InputError, visible

BAD_INPUT, UNEXPECTED, INTERRUPTED = 2, 1, 130

application = typer.Typer(
    name="seedsoil",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"seedsoil {__version__}")
        raise typer.Exit


@application.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """An open, calibrated, patient-level model of metastatic breast cancer.

    It simulates women with breast cancer, from the first malignant cell to death: how the disease
    grows, spreads, sleeps, is found, and returns. Times are years from the diagnosis of the primary.

    \b
    Examples:
      seedsoil run --women 100000 --seed 1      a cohort, with a report
      seedsoil patient 4130                     one simulated woman's course
      seedsoil trial PALOMA-2                   a published trial, simulated and published
      seedsoil design my-trial.toml             power and size of a trial of your own
      seedsoil validate --role validation       held-out trials, predicted
      seedsoil compare pre-2013 2022            strategies of treatment on the same women
      seedsoil sources growth                   where the numbers come from

    For research and teaching: populations, not advice for any one person.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


application.command("run")(run.run)
application.command("patient")(patient.patient)
application.command("fit")(fit.fit)
application.command("sources")(sources.sources)
application.command("match")(match.match)
application.command("trial")(trial.trial)
application.command("design")(design.design)
application.command("validate")(validate.validate)
application.command("fit-drugs")(fit_drugs.fit_drugs)
application.command("compare")(compare.compare)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: the process's own) and return the exit code.

    0 done; 2 bad input; 1 anything unexpected; 130 interrupted. An error is one line on standard
    error; SEEDSOIL_TRACEBACK=1 shows where an unexpected one came from.
    """
    if arguments is None:
        # pyarrow imports pandas, where it is installed, only to ask whether an array is one of its
        # objects. No command has any, and the import takes a second.
        startup.keep_out("pandas")
    given = sys.argv[1:] if arguments is None else list(arguments)
    storage.published.clear()
    try:
        with _terminated_like_interrupted(), console.library_warnings():
            result = _invoke(given)
            sys.stdout.flush()
    except typer.TyperException as error:
        console.error(_usage_problem(error))
        return BAD_INPUT
    except InputError as error:
        console.error(str(error))
        return BAD_INPUT
    except BrokenPipeError:
        return _reader_gone()
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:
        return _unexpected(error)
    if result == INTERRUPTED:
        console.note(f"interrupted, {_kept()}")
    return int(result or 0)


def _invoke(arguments: list[str]) -> Any:
    command = typer.main.get_command(application)
    return command.main(args=arguments, prog_name="seedsoil", standalone_mode=False)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    # A polite kill (a batch system's time limit, say) cleans up as Ctrl-C does.
    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread, where no handler can be set
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _usage_problem(error: typer.TyperException) -> str:
    message = " ".join(error.format_message().split())
    possibilities = getattr(error, "possibilities", None)
    if possibilities:
        message = f"{error.message}; did you mean {' or '.join(possibilities)}?"
    if negative := re.fullmatch(r"no such option: (-\d+)\.?", message, re.IGNORECASE):
        message = f"{negative[1]} is below 0, which is not allowed here"
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "seedsoil"
    return (
        f"{message[:1].lower()}{message[1:].rstrip('.')} ({command} --help shows what is allowed)"
    )


def _reader_gone() -> int:
    # `seedsoil sources | head`: nobody reads on. Point standard output at nothing, so that the
    # interpreter's last flush stays quiet too.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNEXPECTED


def _kept() -> str:
    """What of the command's results is there, in words."""
    names = [visible(str(path)) for path in storage.published]
    return (
        f"{' and '.join(names)} {'was' if len(names) == 1 else 'were'} kept"
        if names
        else "nothing was kept"
    )


def _unexpected(error: Exception) -> int:
    if os.environ.get("SEEDSOIL_TRACEBACK"):
        raise error
    if memory.ran_out(error):
        console.error(f"{memory.shortage()}; {_kept()}")
    elif isinstance(error, OSError):
        where = f"{visible(str(error.filename))}: " if error.filename else ""
        console.error(f"{where}{error.strerror or error}; {_kept()}")
    else:
        reason = " ".join(str(error).split()) or "no message"
        console.error(
            f"unexpected {type(error).__name__}: {reason} (SEEDSOIL_TRACEBACK=1 shows where)"
        )
    return UNEXPECTED
