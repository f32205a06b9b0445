"""Code made for a selection: what engine/run.py does field by field, in a straight line.

The source is made of the *kinds* of a selection's fields and of nothing else: no name, type or
value of a query is in it, whatever a client sends. Those are bound to the function's variables.
So selections of the same kinds share one source, which is compiled once.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from engine.leaves import column_of
from engine.sources import Keys

if TYPE_CHECKING:
    from engine.plan import FieldPlan
    from engine.run import Level, Run

Rows: TypeAlias = Callable[["Run", "Level"], list[dict[str, Any]]]

MOST_FIELDS: Final = 64
"""A selection of more fields has no code of its own: compiling takes some 20 µs a field."""

SOURCES: Final = 512
"""Compiled sources that are kept."""


class Kind(NamedTuple):
    """A way to make the column of a field.

    Attributes:
        lines: The code; `c0` is the column of the first field, `field0` its plan, and so on.
        variables: What the code calls what is bound to it.
        bound: What is bound to them.
    """

    lines: tuple[str, ...]
    variables: tuple[str, ...]
    bound: Callable[["FieldPlan"], tuple[Any, ...]]


CONSTANT: Final = Kind((), ("value",), lambda field: (field.constant,))

PLAIN: Final = Kind(
    (
        "c{n} = column_of(read{n}, parents)",
        "if not plain{n}(map(type, c{n})):",
        "    c{n} = run.complete(field{n}, level, c{n})",
    ),
    ("field", "read", "plain"),
    lambda field: (field, field.read, field.leaf.classes(field.required).issuperset),  # type: ignore[union-attr]
)
"""Strings, ids and booleans: whatever is of the class is a value."""

CHECKED: Final = Kind(
    (
        "v{n} = column_of(read{n}, parents)",
        "c{n} = usual{n}(v{n})",
        "if c{n} is None:",
        "    c{n} = run.complete(field{n}, level, v{n})",
    ),
    ("field", "read", "usual"),
    lambda field: (field, field.read, field.leaf.usual),  # type: ignore[union-attr]
)
"""Other leaves."""

BATCH: Final = Kind(
    ("c{n} = run.ask(field{n}, source{n}, level)",),
    ("field", "source"),
    lambda field: (field, field.source),
)

OTHER: Final = Kind(("c{n} = run.cells(field{n}, level)",), ("field",), lambda field: (field,))


def kind_of(field: "FieldPlan") -> Kind:
    if field.constant is not None:
        return CONSTANT
    if field.read is not None and field.leaf is not None:
        return PLAIN if field.leaf.classes(field.required) else CHECKED
    return BATCH if isinstance(field.source, Keys) else OTHER


def rows_function(fields: Sequence["FieldPlan"]) -> Rows | None:
    """The function that makes the rows of a level; None for fields that have none."""
    if not 0 < len(fields) <= MOST_FIELDS:
        return None
    kinds = tuple(map(kind_of, fields))
    bound = [
        value for field, kind in zip(fields, kinds, strict=True) for value in kind.bound(field)
    ]
    rows: Rows = _compiled(kinds)(column_of, *[field.key for field in fields], *bound)
    return rows


@lru_cache(SOURCES)
def _compiled(kinds: tuple[Kind, ...]) -> Callable[..., Rows]:
    names: dict[str, Any] = {}
    exec(source_of(kinds), names)  # noqa: S102
    make: Callable[..., Rows] = names["make"]
    return make


def code_of(fields: Sequence["FieldPlan"]) -> str:
    """The code of a selection for people: each field's column, and what makes the rows."""
    columns = [f"# c{n} is {field.key}: {field.type}" for n, field in enumerate(fields)]
    if not 0 < len(fields) <= MOST_FIELDS:
        return "\n".join([*columns, "# no code of its own", ""])
    return "\n".join([*columns, source_of(tuple(map(kind_of, fields)))])


def source_of(kinds: Sequence[Kind]) -> str:
    """The source of what gives the function, once it is given what is bound to its variables."""
    count = range(len(kinds))
    keys = [f"key{n}" for n in count]
    bound = [f"{variable}{n}" for n, kind in enumerate(kinds) for variable in kind.variables]
    lines = [line.format(n=n) for n, kind in enumerate(kinds) for line in kind.lines]
    cells = [n for n, kind in enumerate(kinds) if kind is not CONSTANT]
    items = ", ".join(f"key{n}: {'cell' if n in cells else 'value'}{n}" for n in count)
    each = ", ".join(f"cell{n}" for n in cells) + ("," if len(cells) == 1 else "")
    columns = f"zip({', '.join(f'c{n}' for n in cells)})" if cells else "parents"
    body = [
        "parents = level.parents",
        *lines,
        f"level.rows = [{{{items}}} for {each or '_'} in {columns}]",
        "return level.rows",
    ]
    return "\n".join(
        [
            f"def make(column_of, {', '.join([*keys, *bound])}):",
            "    def rows(run, level):",
            *(f"        {line}" for line in body),
            "    return rows",
            "",
        ]
    )
