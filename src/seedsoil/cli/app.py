"""The program `seedsoil`: its commands, and how an error becomes one line and an exit code."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any, TextIO, cast

import typer

from seedsoil._version import __version__
from seedsoil.cli import (
    compare,
    console,
    decision,
    design,
    evaluate,
    explore,
    find,
    fit,
    fit_drugs,
    match,
    memory,
    once,
    patient,
    posterior,
    run,
    shards,
    sources,
    startup,
    trial,
    validate,
)
from seedsoil.errors import InputError
from seedsoil.storage import kept

BAD_INPUT, UNEXPECTED, SIGNALLED = 2, 1, 128
INTERRUPTED = SIGNALLED + signal.SIGINT

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
      seedsoil patient 8830                     one simulated woman's course
      seedsoil find 'subtype == "TNBC"'         numbers of women of a kind
      seedsoil trial PALOMA-2                   a published trial, simulated and published
      seedsoil design my-trial.toml             power and size of a trial of your own
      seedsoil validate --role validation       held-out trials, predicted
      seedsoil compare pre-2013 2022            strategies of treatment on the same women
      seedsoil evaluate pre-2013 2022           what they cost, and whether they are worth it
      seedsoil decision costs.csv effects.csv   which strategy is worth its cost, of any model
      seedsoil shards plan big --women 1e9      any number of women, on any number of machines
      seedsoil explore                          all that in a browser, for anyone
      seedsoil sources growth                   where the numbers come from

    For research and teaching: populations, not advice for any one person.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


application.command("run")(run.run)
application.command("patient")(patient.patient)
application.command("find")(find.find)
application.command("fit")(fit.fit)
application.command("sources")(sources.sources)
application.command("match")(match.match)
application.command("trial")(trial.trial)
application.command("design")(design.design)
application.command("validate")(validate.validate)
application.command("fit-drugs")(fit_drugs.fit_drugs)
application.command("posterior")(posterior.posterior)
application.command("compare")(compare.compare)
application.command("evaluate")(evaluate.evaluate)
application.command("decision")(decision.decision)
application.add_typer(shards.shards, name="shards")
application.command("explore")(explore.explore)
once.once_each(application)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: the process's own) and return the exit code.

    0 done; 2 bad input; 1 anything unexpected, or nobody who reads on; 130 interrupted, and after other
    signals likewise 128 and their number (SIGTERM 143, SIGHUP 129). An error is one line on standard error;
    SEEDSOIL_TRACEBACK=1 shows where an unexpected one came from.
    """
    if arguments is None:
        # pyarrow imports pandas, where it is installed, only to ask whether an array is one of its
        # objects. No command has any, and the import takes a second.
        startup.keep_out("pandas")
        memory.reserve_little()
        sys.stdout = cast("TextIO", console.NamedOutput(sys.stdout))
    given = sys.argv[1:] if arguments is None else list(arguments)
    signals: list[int] = []
    kept.clear()
    try:
        with _ended_like_interrupted(signals), console.library_warnings():
            result = _invoke(given)
            sys.stdout.flush()
    except typer.TyperException as error:
        console.error(_usage_problem(error, given))
        return BAD_INPUT
    except InputError as error:
        console.error(str(error))
        for words in kept:
            console.note(words)
        return BAD_INPUT
    except BrokenPipeError:
        return _reader_gone()
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:
        return _unexpected(error)
    if result != INTERRUPTED:
        return int(result or 0)
    with contextlib.suppress(OSError):  # a terminal that has gone takes no words
        console.note(f"interrupted{_kept()}")
    return SIGNALLED + signals[0] if signals else INTERRUPTED


def _invoke(arguments: list[str]) -> Any:
    command = typer.main.get_command(application)
    return command.main(args=arguments, prog_name="seedsoil", standalone_mode=False)


class _Ended(KeyboardInterrupt):
    """A signal that ends the program as Ctrl-C does.

    A kind of its own: an interpreter through whose C functions a bare KeyboardInterrupt passed, in an import
    say, ends itself by SIGINT at last, whatever the exit code was to be.
    """


@contextmanager
def _ended_like_interrupted(signals: list[int]) -> Iterator[None]:
    # A polite kill (a batch system's time limit) and a terminal that is closed clean up as Ctrl-C does. A
    # second signal does not stop the cleaning up. Whoever ignores a signal, as nohup does, keeps that.
    def interrupt(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) == 1:
            raise _Ended

    before = {}
    with contextlib.suppress(ValueError):  # not the main thread, where no handler can be set
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kept() -> str:
    """What a command that ends early has left: what is whole, or nothing."""
    return f"; {'; '.join(kept)}" if kept else ", nothing was kept"


def _usage_problem(error: typer.TyperException, given: Sequence[str]) -> str:
    message = " ".join(error.format_message().split())
    possibilities = getattr(error, "possibilities", None)
    if possibilities:
        message = f"{error.message}; did you mean {' or '.join(possibilities)}?"
    if negative := re.fullmatch(r"no such option: (-\d+)\.?", message, re.IGNORECASE):
        message = f"{negative[1]} is below 0, which is not allowed here"
    context = getattr(error, "ctx", None)
    if context is not None:
        command = context.command_path
    else:  # an option without its value
        name = given[0] if given and given[0] in _commands() else ""
        command = f"seedsoil {name}".strip()
    return (
        f"{message[:1].lower()}{message[1:].rstrip('.')} ({command} --help shows what is allowed)"
    )


def _commands() -> set[str]:
    names = [command.name for command in application.registered_commands]
    names += [group.name for group in application.registered_groups]
    return {name for name in names if name}


def _reader_gone() -> int:
    # `seedsoil sources | head`: nobody reads on. Point standard output at nothing, so that the
    # interpreter's last flush stays quiet too.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNEXPECTED


def _unexpected(error: Exception) -> int:
    if os.environ.get("SEEDSOIL_TRACEBACK"):
        raise error
    if memory.ran_out(error):
        console.error(f"{memory.shortage()}; {_kept()[2:]}")
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        printing = error.filename == console.OUTPUT
        left = "" if printing and not kept else f"; {_kept()[2:]}"
        console.error(f"{where}{error.strerror or error}{left}")
        if printing:
            return _reader_gone()
    else:
        reason = " ".join(str(error).split()) or "no message"
        console.error(
            f"unexpected {type(error).__name__}: {reason} (SEEDSOIL_TRACEBACK=1 shows where)"
        )
    return UNEXPECTED
