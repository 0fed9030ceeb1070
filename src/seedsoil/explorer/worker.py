"""The process that answers questions: one at a time, in lines of JSON on standard input and output.

In: `{"id", "question", "threads"}` to answer, `{"cancel": id}` to stop. Out: `{"ready": true}` once the
libraries are there, then of a question `{"id", "done", "of"}` as women are simulated, and last one of
`{"id", "answer"}`, `{"id", "problems"}`, `{"id", "cancelled"}` and `{"id", "failed"}`. It ends when its
standard input does, so that none outlives its server.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, TextIO

from seedsoil.errors import DataErrors, InputError
from seedsoil.explorer.asked import question_of
from seedsoil.explorer.questions import CompareQuestion, CourseQuestion, DecisionQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog import Catalog

Data = dict[str, Any]
OFTEN = 0.2
"""Seconds between two words of progress, at the least."""


class CancelledError(Exception):
    """Nobody wants the answer any more."""


def answer(
    question: Any, catalog: Catalog, progress: Callable[[int], None], threads: int | None
) -> Data:
    """The answer to a question (`replies`). Raises InputError for what turns out to be wrong with it."""
    from seedsoil.explorer.built import strategies_of
    from seedsoil.explorer.eras import ERAS

    if isinstance(question, DecisionQuestion):
        from seedsoil.explorer.decisions import decided

        return decided(question)
    era, strategies = ERAS[question.era], strategies_of(question.strategies, catalog)
    if isinstance(question, CourseQuestion):
        from seedsoil.explorer.course import woman

        told = woman(
            question.number,
            strategies,
            question.era,
            policies=era,
            seed=question.seed,
            catalog=catalog,
        )
        return {"kind": "course", "woman": told}
    assert isinstance(question, CompareQuestion)
    from seedsoil.explorer.answers import compared
    from seedsoil.explorer.women import Asking

    asking = Asking(
        strategies, era, question.women, question.seed, catalog, question.costs, threads
    )
    return compared(asking, question.era, progress)


def work_of(question: Any) -> int:
    """Women under all strategies that answering takes; 0 where nobody counts them."""
    if isinstance(question, CompareQuestion):
        return question.women * len(question.strategies)
    return 0


class _Worker:
    """Takes questions in turn; a thread of its own reads, so that a question can be cancelled."""

    def __init__(self, given: TextIO, told: TextIO, catalog: Catalog) -> None:
        self._given, self._told, self._catalog = given, told, catalog
        self._waiting: queue.SimpleQueue[Data] = queue.SimpleQueue()
        self._cancelled: set[str] = set()

    def run(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        self._warm()
        self._say({"ready": True})
        while True:
            self._one(self._waiting.get())

    def _read(self) -> None:
        for line in self._given:
            message = json.loads(line)
            if "cancel" in message:
                self._cancelled.add(message["cancel"])
            else:
                self._waiting.put(message)
        os._exit(0)  # the server has gone

    def _warm(self) -> None:
        """Load what answers need, so that the first one does not wait for it."""
        from seedsoil.explorer.eras import DEFAULT_ERA, ERAS
        from seedsoil.explorer.women import Asking, women_under

        strategy = self._catalog.strategies["2022"]
        with contextlib.suppress(InputError):
            women_under(Asking((strategy,), ERAS[DEFAULT_ERA], 50, 1, self._catalog, threads=1))

    def _one(self, message: Data) -> None:
        number: str = message["id"]
        begun, done = time.monotonic(), 0
        try:
            question = question_of(message["question"], self._catalog)
            of = work_of(question)

            def progress(more: int) -> None:
                nonlocal begun, done
                done += more
                if number in self._cancelled:
                    raise CancelledError
                if time.monotonic() - begun > OFTEN:
                    begun = time.monotonic()
                    self._say({"id": number, "done": done, "of": of})

            progress(0)
            found = answer(question, self._catalog, progress, message.get("threads"))
            self._say({"id": number, "answer": found})
        except CancelledError:
            self._say({"id": number, "cancelled": True})
        except DataErrors as error:
            self._say({"id": number, "problems": error.problems})
        except InputError as error:
            self._say({"id": number, "problems": [str(error)]})
        except MemoryError:
            self._say({"id": number, "failed": "not enough memory; ask for fewer women"})
        except Exception as error:
            traceback.print_exc()
            self._say({"id": number, "failed": f"unexpected {type(error).__name__}"})
        finally:
            self._cancelled.discard(number)

    def _say(self, message: Data) -> None:
        self._told.write(
            json.dumps(message, separators=(",", ":"), ensure_ascii=True, allow_nan=False) + "\n"
        )
        self._told.flush()


def main() -> None:
    """Answer until standard input ends. What libraries print goes to standard error."""
    from seedsoil.catalog import load

    told = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    catalog = load(sys.argv[1] if len(sys.argv) > 1 else None)
    _Worker(sys.stdin, told, catalog).run()


if __name__ == "__main__":
    main()
