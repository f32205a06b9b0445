"""What an execution did, for people who look at it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from engine.batch import together_of
from engine.code import code_of
from engine.plan import FieldPlan, Plan, Selection
from engine.sources import Keys


@dataclass(slots=True)
class BatchRead:
    """A call of a loader: how many keys, in which wave from 1, how long it took, and when it
    ended, by time.perf_counter."""

    loader: str
    keys: int
    wave: int
    milliseconds: float
    ended: float


class Step(NamedTuple):
    """A part of an execution, from when to when by time.perf_counter."""

    name: str
    began: float
    ended: float


@dataclass(slots=True)
class Trace:
    """An execution, as it went.

    Attributes:
        of: The plan that ran; None when there was none.
        reason: Why graphql-core ran the operation, and not a plan.
        batches: The calls of loaders that the plan made.
        waves: How often the plan waited.
        steps: One after the other.
    """

    of: Plan | None = None
    reason: str | None = None
    batches: list[BatchRead] = field(default_factory=list)
    waves: int = 0
    steps: list[Step] = field(default_factory=list)
    _since: float = field(default_factory=perf_counter)

    def mark(self, step: str) -> None:
        """The time since the step before is that of this step."""
        now = perf_counter()
        self.steps.append(Step(step, self._since, now))
        self._since = now

    @property
    def plan(self) -> list[str]:
        """The plan, line by line; empty when there was none."""
        return [] if self.of is None else describe(self.of)

    @property
    def code(self) -> list[str]:
        """The code of its selections."""
        return [] if self.of is None else code_of_plan(self.of)

    @property
    def timings(self) -> dict[str, float]:
        """Milliseconds of each step, in their order."""
        return {step.name: round((step.ended - step.began) * 1000, 3) for step in self.steps}

    def read(self, loader: str, keys: Iterable[Any], seconds: float) -> None:
        """Notes a call of a loader."""
        self.batches.append(
            BatchRead(loader, len(set(keys)), self.waves, seconds * 1000, perf_counter())
        )

    def as_extension(self) -> dict[str, Any]:
        """For `extensions` of an answer."""
        return {
            "plan": self.plan,
            "notPlanned": self.reason,
            "waves": self.waves,
            "batches": [
                {
                    "loader": read.loader,
                    "keys": read.keys,
                    "wave": read.wave,
                    "milliseconds": round(read.milliseconds, 3),
                }
                for read in self.batches
            ],
            "timings": self.timings,
        }


def describe(plan: Plan) -> list[str]:
    """A plan as lines: each field, what its values come from, and what is read of them."""
    return [plan.root.type.name, *_fields(plan.root, "  ")]


def code_of_plan(plan: Plan) -> list[str]:
    """The code that each selection of a plan runs by, from the second time on."""
    parts: list[str] = []
    left = [("the root", plan.root)]
    while left:
        name, selection = left.pop()
        parts.append(f"# {selection.type.name}, of {name}\n{code_of(selection.fields)}")
        for one in reversed(selection.fields):
            choices = list((one.choices or {}).values())
            below = [one.selection] if one.selection is not None else choices
            left.extend((one.key, each) for each in below)
    return parts


def _fields(selection: Selection, indent: str) -> list[str]:
    lines: list[str] = []
    for one in selection.fields:
        lines.append(f"{indent}{one.key}: {one.type} <- {_source(one)}")
        if one.selection is not None:
            lines.extend(_fields(one.selection, indent + "  "))
        for type_, choice in (one.choices or {}).items():
            lines.append(f"{indent}  on {type_.name}")
            lines.extend(_fields(choice, indent + "    "))
    return lines


def _source(one: FieldPlan) -> str:
    if one.constant is not None:
        return "the type"
    if isinstance(one.source, Keys):
        batch = one.source.batch
        return f"batch {batch.loader.name}{' of many keys' if batch.many else ''}"
    definition = (one.definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField):
        return "a call for each"
    resolver = definition.base_resolver
    if resolver is None:
        return f"attribute {definition.python_name}"
    if together_of(definition.metadata) is not None:
        return f"one call of {resolver.name} for all"
    return f"a call of {resolver.name} for each"
