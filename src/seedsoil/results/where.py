"""Women by a condition on their columns: `subtype == "TNBC" and metastatic_at > 5`.

The condition is read as Python reads an expression, and never run: what it may hold is listed here, and each
part becomes a filter of Arrow. In a woman in whom a thing never happened (null) no comparison with it holds,
nor its contrary; `metastatic_at == None` asks for that.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError, nearest, shown, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

MOST = 1_000
"""Characters of a condition."""
EXAMPLE = 'subtype == "TNBC" and metastatic_at > 5'
_COMPARED = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_COMPUTED = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_SINGLE_EQUAL = re.compile(r"(?<![=!<>])=(?!=)")
_ALLOWED = (
    "columns, numbers, texts in quotes, == != < <= > >=, in [...], and, or, not, + - * /, ( )"
)


@dataclass(frozen=True)
class _Part:
    """A part of a condition: a filter or values, and what they are: number, text, flag, truth, null, list."""

    kind: str
    value: Any
    name: str = ""
    names: tuple[str, ...] = field(default=())
    """Of a column of texts, which there are."""


def matching(patients: pa.Table, condition: str) -> pa.Table:
    """The rows of the patients table for which `condition` holds.

    Raises InputError for a condition that cannot be read, a column or a text that there is none of, and a
    comparison of unlike things.
    """
    return patients.filter(_Reader(patients, condition).filter())


def only_words(manifest: Mapping[str, Any]) -> str:
    """Of a run whose women were chosen: among how many, and by which condition."""
    return f"{manifest['simulated']:,} simulated, those with {manifest['only']}"


class _Reader:
    """Reads one condition on the columns of a table."""

    def __init__(self, patients: pa.Table, condition: str) -> None:
        self.patients = patients
        self.condition = text("where", condition, example=EXAMPLE)

    def filter(self) -> Any:
        """The condition as an expression of Arrow."""
        if len(self.condition) > MOST:
            raise self._wrong(f"has {len(self.condition):,} characters; allowed: {MOST:,}")
        try:
            with warnings.catch_warnings():  # of Python code, which this is not
                warnings.simplefilter("ignore")
                tree = ast.parse(self.condition.strip(), mode="eval")
            return self._truth(self._read(tree.body))
        except SyntaxError as error:
            equal = "; equality is ==" if _SINGLE_EQUAL.search(self.condition) else ""
            raise self._wrong(
                f"cannot be read ({error.msg}){equal}; write it as in {EXAMPLE}"
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, InputError):
                raise
            raise self._wrong(f"cannot be read; write it as in {EXAMPLE}") from None

    def _wrong(self, what: str) -> InputError:
        return InputError(f"where {shown(self.condition)}: {what}")

    def _read(self, node: ast.expr) -> _Part:
        readers: dict[type[ast.expr], Callable[[Any], _Part]] = {
            ast.BoolOp: self._joined,
            ast.UnaryOp: self._turned,
            ast.BinOp: self._computed,
            ast.Compare: self._chain,
            ast.Name: self._column,
            ast.Constant: self._constant,
            ast.List: self._list,
            ast.Tuple: self._list,
        }
        if type(node) not in readers:
            raise self._wrong(f"{shown(ast.unparse(node))} is not allowed; allowed: {_ALLOWED}")
        return readers[type(node)](node)

    def _joined(self, node: ast.BoolOp) -> _Part:
        found = self._truth(self._read(node.values[0]))
        for value in node.values[1:]:
            part = self._truth(self._read(value))
            found = found & part if isinstance(node.op, ast.And) else found | part
        return _Part("truth", found)

    def _turned(self, node: ast.UnaryOp) -> _Part:
        import pyarrow.compute as pc

        part = self._read(node.operand)
        if isinstance(node.op, ast.Not):
            return _Part("truth", ~self._truth(part))
        if part.kind != "number" or not isinstance(node.op, ast.USub):
            raise self._wrong(f"{ast.unparse(node)} is not allowed; allowed: {_ALLOWED}")
        return _Part("number", pc.negate(part.value), f"-{part.name}")

    def _computed(self, node: ast.BinOp) -> _Part:
        import pyarrow.compute as pc

        sides = self._read(node.left), self._read(node.right)
        if type(node.op) not in _COMPUTED or any(side.kind != "number" for side in sides):
            raise self._wrong(f"{ast.unparse(node)} is not allowed; numbers take + - * /")
        made = getattr(pc, _COMPUTED[type(node.op)])(sides[0].value, sides[1].value)
        return _Part("number", made, ast.unparse(node))

    def _column(self, node: ast.Name) -> _Part:
        import pyarrow as pa
        import pyarrow.compute as pc

        known = self.patients.column_names
        if node.id not in known:
            hint = nearest(node.id, known) or f"there are {', '.join(known)}"
            if any(node.id in self._texts(name) for name in known):
                hint = f'it is a text: write "{node.id}" in quotes'
            raise self._wrong(f"no column {shown(node.id)}; {hint}")
        kind = self.patients.schema.field(node.id).type
        if pa.types.is_boolean(kind):
            return _Part("flag", pc.field(node.id), node.id)
        if pa.types.is_dictionary(kind):
            return _Part("text", pc.field(node.id).cast(pa.string()), node.id, self._texts(node.id))
        return _Part("number", pc.field(node.id).cast(pa.float64()), node.id)

    def _texts(self, column: str) -> tuple[str, ...]:
        """The texts that there are of a column; none of one that holds no texts."""
        import pyarrow as pa

        if not pa.types.is_dictionary(self.patients.schema.field(column).type):
            return ()
        chunks = self.patients.column(column).chunks
        return tuple(dict.fromkeys(name for c in chunks for name in c.dictionary.to_pylist()))

    def _constant(self, node: ast.Constant) -> _Part:
        import pyarrow.compute as pc

        value = node.value
        if value is None:
            return _Part("null", None, "None")
        if isinstance(value, bool):
            return _Part("flag", pc.scalar(value), str(value))
        if isinstance(value, str):
            return _Part("text", value, shown(value))
        if isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return _Part("number", pc.scalar(number), str(value))
        raise self._wrong(f"{shown(value)} is not allowed; allowed: {_ALLOWED}")

    def _list(self, node: ast.List | ast.Tuple) -> _Part:
        return _Part("list", [self._read(value) for value in node.elts], ast.unparse(node))

    def _truth(self, part: _Part) -> Any:
        if part.kind == "text" and part.names:
            raise self._wrong(
                f"{part.name} is a text; compare it, such as {part.name} == {shown(part.names[0])}"
            )
        if part.kind not in ("flag", "truth"):
            raise self._wrong(
                f"{part.name or 'that'} says nothing to hold or not; write it as in {EXAMPLE}"
            )
        return part.value

    def _chain(self, node: ast.Compare) -> _Part:
        """`a < b < c` as `a < b and b < c`."""
        sides = [self._read(side) for side in (node.left, *node.comparators)]
        found = None
        for left, how, right in zip(sides, node.ops, sides[1:], strict=False):
            part = self._compared(left, how, right)
            found = part if found is None else found & part
        return _Part("truth", found)

    def _compared(self, left: _Part, how: ast.cmpop, right: _Part) -> Any:
        import pyarrow.compute as pc

        if isinstance(how, ast.In | ast.NotIn):
            found = self._among(left, right)
            return ~found if isinstance(how, ast.NotIn) else found
        if "null" in (left.kind, right.kind):
            return self._missing(left, how, right)
        if type(how) not in _COMPARED or left.kind != right.kind or left.kind in ("list", "truth"):
            raise self._wrong(
                f"{left.name or 'that'} and {right.name or 'that'} cannot be compared so; allowed: {_ALLOWED}"
            )
        self._known(left, right)
        self._known(right, left)
        if left.kind != "number" and type(how) not in (ast.Eq, ast.NotEq):
            raise self._wrong(f"{left.name} has no order; compare it by == or !=")
        sides = (pc.scalar(s.value) if isinstance(s.value, str) else s.value for s in (left, right))
        return getattr(pc, _COMPARED[type(how)])(*sides)

    def _missing(self, left: _Part, how: ast.cmpop, right: _Part) -> Any:
        column = left if right.kind == "null" else right
        if (
            column.kind not in ("number", "text", "flag")
            or column.name not in self.patients.column_names
        ):
            raise self._wrong("None is compared with a column, such as metastatic_at == None")
        if isinstance(how, ast.Eq | ast.Is):
            return column.value.is_null()
        if isinstance(how, ast.NotEq | ast.IsNot):
            return ~column.value.is_null()
        raise self._wrong("None is compared by == or !=")

    def _among(self, left: _Part, right: _Part) -> Any:
        if right.kind != "list" or not right.value:
            raise self._wrong(f"in wants a list, such as {left.name or 'subtype'} in [...]")
        found = None
        for one in right.value:
            part = self._compared(left, ast.Eq(), one)
            found = part if found is None else found | part
        return found

    def _known(self, column: _Part, other: _Part) -> None:
        """Refuse a text that the column of texts never is: nobody would be found, without a word."""
        if column.kind != "text" or not column.names:
            return
        if other.names and not set(other.names) & set(column.names):
            raise self._wrong(f"{column.name} and {other.name} are never the same")
        if not other.names and other.value not in column.names:
            hint = nearest(other.value, column.names) or f"it is one of {', '.join(column.names)}"
            raise self._wrong(f"{column.name} is never {other.name}; {hint}")
