"""`seedsoil shards run` as a process to be killed, which logs every unit that one of its workers begins.

    python -c "import clients; clients.main()" LOG run FOLDER --processes 2

is `seedsoil shards run FOLDER --processes 2`; LOG then has a line for each unit that was begun.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedsoil.planned import cohort_work

if TYPE_CHECKING:
    from seedsoil.planned.plan import Plan
    from seedsoil.work.unit import Unit

log = ""


@dataclass(frozen=True)
class Logged(cohort_work.CohortWork):
    """The work of a plan, with a line in the file `log` for each unit that is begun."""

    log: str = ""

    @classmethod
    def of(cls, plan: Plan) -> Logged:
        """The work of a plan, logged where this process was told to."""
        return cls(plan.text(), log)

    def make(self, unit: Unit) -> bytes:
        """The unit's content; that it was begun is written first."""
        with Path(self.log).open("a", encoding="utf-8") as file:
            file.write(f"{unit.key}\n")
        return super().make(unit)


def main() -> None:
    """Run the command, with `Logged` for its work."""
    global log
    from seedsoil.cli import main as command

    log = sys.argv[1]
    cohort_work.CohortWork = Logged  # type: ignore[misc]
    sys.exit(command(["shards", *sys.argv[2:]]))
