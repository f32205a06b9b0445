"""From columns to rows."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from engine.leaves import Column

Builder: TypeAlias = Callable[[Sequence[str], list[Column]], list[dict[str, Any]]]


@lru_cache
def row_builder(arity: int) -> Builder:
    """A function that makes rows of as many columns: a dict display is the fastest way to a dict.

    Nothing of a query is in its source, so there is one for each number of columns.
    """
    if not 0 < arity <= 64:
        return lambda keys, columns: [
            dict(zip(keys, cells, strict=True)) for cells in zip(*columns, strict=True)
        ]
    keys = "".join(f"k{place}, " for place in range(arity))
    cells = "".join(f"c{place}, " for place in range(arity))
    items = ", ".join(f"k{place}: c{place}" for place in range(arity))
    source = f"""
def build(keys, columns):
    {keys} = keys
    return [{{{items}}} for {cells} in zip(*columns)]
"""
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102
    build: Builder = names["build"]
    return build
