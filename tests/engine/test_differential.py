"""Plans give what graphql-core gives, to the letter, for operations of every kind.

graphql-core adds errors in the order in which awaitables happen to be done, and of fields that
make their parent null it may report any that was done before the parent was given up; the
specification leaves both open. A plan's errors have the order of fields that need not be waited
for, always. So a plan, whatever it waits for, is compared to the letter with graphql-core where
nothing waits; and where things wait, with all that the specification fixes.

TONEARM_DIFFERENTIAL_EXAMPLES sets how many operations are made of each schema.
"""

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLField, execute, parse, validate
from graphql.execution.values import VariableValues
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from engine.documents import Document, Operation
from engine.plan import NotCovered, Plan, Shapes
from engine.run import Run
from engine.settle import settle
from engine.sources import Keys, Source
from tests.engine.nasty import SOURCE, Context, make_schema
from tests.engine.operations import Generated, operations

EXAMPLES = int(os.environ.get("TONEARM_DIFFERENTIAL_EXAMPLES", "300"))

PARTS = 4
"""In as many parts the operations are executed, so that several processes can (`-n 2`)."""

SCHEMA = make_schema()


class NastyShapes(Shapes):
    """What is known of the schema's fields: also of those that no Strawberry has declared."""

    def source(self, definition: GraphQLField) -> Source | Keys:
        declared: Source | Keys | None = (definition.extensions or {}).get(SOURCE)
        return declared or super().source(definition)


SHAPES = NastyShapes(SCHEMA)
SEEN: Counter[str] = Counter()
DISTINCT: set[str] = set()

thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Answer = tuple[Any, list[dict[str, Any]]]


def answer(result: Any) -> Answer:
    errors = [
        {
            **error.formatted,
            "original": type(error.original_error).__name__,
        }
        for error in result.errors or ()
    ]
    return result.data, errors


async def by_core(generated: Generated, document: Any, context: Context, root: Any) -> Answer:
    result: Any = execute(SCHEMA, document, root, context, generated.variables)
    if not isinstance(result, ExecutionResult):
        result = await result
    return answer(result)


async def by_plan(
    generated: Generated, document: Any, waits: int, root: Any
) -> tuple[Answer, Answer] | None:
    """What a plan gives when it runs for the first time, and then by code of its own.

    None where a plan leaves it to graphql-core.
    """
    operation = Document(SHAPES, 0, document).operation(None)
    assert isinstance(operation, Operation)
    values = operation.variables.coerce(generated.variables)
    if not isinstance(values, VariableValues):
        refused = answer(ExecutionResult(None, values))
        return refused, refused
    try:
        plan = operation.plan(values.coerced)
    except NotCovered as reason:
        SEEN[f"not covered: {reason}"] += 1
        return None
    first = await run_plan(plan, values, Context(waits), root)
    assert plan.root.rows is None
    second = await run_plan(plan, values, Context(waits), root)
    SEEN["by code of its own"] += plan.root.rows is not None
    return first, second


async def run_plan(plan: Plan, values: VariableValues, context: Context, root: Any) -> Answer:
    run = Run(plan, context, root, values)
    data: Any = await run.execute()
    if not run.failed:
        return answer(ExecutionResult(data, None))
    data, errors = settle(plan, data, run.selections)
    SEEN["with errors" if errors else "failed without errors"] += 1
    return answer(ExecutionResult(data, errors or None))


def nulled(data: Any, path: list[Any]) -> tuple[Any, ...]:
    """The position that an error of `path` made null: the longest prefix that is in the data."""
    value = data
    for depth, key in enumerate(path):
        if value is None:
            return tuple(path[:depth])
        value = value[key]
    assert value is None, "an error at a position that is not null"
    return tuple(path)


def assert_alike(plan: Answer, core: Answer) -> None:
    """Equal in all that the specification does not leave open."""
    assert plan[0] == core[0]
    by_position: dict[Any, list[list[Any]]] = {}
    for side, (data, errors) in enumerate((plan, core)):
        for error in errors:
            if "path" not in error:
                position: Any = "request"
            else:
                position = nulled(data, error["path"])
            by_position.setdefault(position, [[], []])[side].append(error)
    for position, (ours, theirs) in by_position.items():
        assert ours, f"no error for the null at {position}: {theirs}"
        assert theirs, f"an error for no null at {position}: {ours}"
        if all(list(position) == error.get("path") for error in ours + theirs):
            assert ours == theirs


@pytest.fixture(scope="module", autouse=True)
def counted() -> Iterator[None]:
    """Says what was run (see it with `-s`), and that it was not the same thing again and again."""
    yield
    print(f"\n{len(DISTINCT)} distinct operations; {dict(SEEN)}", file=sys.stderr)


@pytest.mark.parametrize("part", range(PARTS))
@settings(thorough, max_examples=EXAMPLES // PARTS)
@given(generated=operations(SCHEMA), waits=st.sampled_from((0, 0, 10, 50, 100)))
async def test_plan_equals_graphql_core(part: int, generated: Generated, waits: int) -> None:
    document = parse(generated.text)
    assume(not validate(SCHEMA, document))
    root = part * 1000 + len(generated.text)
    ours = await by_plan(generated, document, waits, root)
    if ours is not None:
        DISTINCT.add(generated.text)
        SEEN["executed"] += 1
        core = await by_core(generated, document, Context(waits=0), root)
        assert ours == (core, core)


@pytest.fixture
def abandoned() -> Iterator[None]:
    """graphql-core leaves coroutines that it does not need any more; this finds all of them."""
    yield
    gc.collect()


@pytest.mark.filterwarnings("ignore:coroutine 'Executor.:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("abandoned")
@settings(thorough, max_examples=max(100, EXAMPLES // 10))
@given(operations(SCHEMA), st.sampled_from((15, 90)))
async def test_plan_equals_graphql_core_where_things_wait(generated: Generated, waits: int) -> None:
    document = parse(generated.text)
    assume(not validate(SCHEMA, document))
    DISTINCT.add(generated.text)
    SEEN["executed where things wait"] += 1
    root = len(generated.text)
    ours = await by_plan(generated, document, waits, root)
    if ours is not None:
        core = await by_core(generated, document, Context(waits), root)
        for one in ours:
            assert_alike(one, core)
