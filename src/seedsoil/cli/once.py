"""An option of one value that is given twice is refused: to keep the last would drop the other in silence."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption

from seedsoil.errors import InputError


class Once(TyperCommand):
    """A command each of whose options of one value may be given once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer's; raises InputError, before any value is read, for an option given several times."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        if not any(given.is_eager for given in order):  # --help answers whatever else is there
            for option in order:
                if isinstance(option, TyperOption) and of_one_value(option):
                    times = sum(other is option for other in order)
                    if times > 1:
                        raise InputError(_complaint(option, times, args))
        return super().parse_args(ctx, args)


def of_one_value(option: TyperOption) -> bool:
    """Whether a second value would replace the first: neither a flag nor an option that collects values."""
    return not (option.is_flag or option.count or option.multiple)


def once_each(program: typer.Typer) -> None:
    """Let every command of `program`, and of the groups in it, be of the kind Once."""
    for command in program.registered_commands:
        command.cls = Once
    for group in program.registered_groups:
        if group.typer_instance is not None:
            once_each(group.typer_instance)


def _complaint(option: TyperOption, times: int, arguments: Sequence[str]) -> str:
    name = option.opts[0]
    found = f"{name}: given {'twice' if times == 2 else f'{times} times'}"
    values = list(dict.fromkeys(_values(option, arguments)))
    if "," in (option.metavar or "") and len(values) > 1:
        several = f"{name} {shlex.quote(','.join(values))}"
        return f"{found}; it takes several with commas: {several}"
    return f"{found}; give it once"


def _values(option: TyperOption, arguments: Sequence[str]) -> list[str]:
    found = []
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = argument.partition("=")
        if name in option.opts:
            found.append(value if equals else following)
    return found
