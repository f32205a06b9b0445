"""Operations of every kind on the real schema and a real database: plans give what graphql-core
gives. See tests/engine/test_differential.py for what that means."""

import os

import strawberry
from graphql import parse, validate
from hypothesis import HealthCheck, Phase, assume, given, settings

from resolvers.context import Context
from schema.query import Query
from schema.scalars import CONFIG
from schema.schema import make_schema
from tests.engine.operations import Generated, Literals, operations
from tests.engine.test_differential import Answer, answer, assert_alike
from tests.factories import Factory
from tests.schema.conftest import Asked

EXAMPLES = max(50, int(os.environ.get("TONEARM_DIFFERENTIAL_EXAMPLES", "300")) // 10)

PLANNED = make_schema()
CORE = strawberry.Schema(Query, config=CONFIG)
"""The same schema, executed by graphql-core."""

IDS = ["song_1", "artist_1", "nonsense"]
"""Ids, also of objects that there are, once the test has made them."""

NO_LIBRARY = len(IDS)

LITERALS: Literals = {
    "ID": (['"x"'], IDS, [7, True]),
    "String": (['"a"', '"song"', '"rock"', '""'], ["a", "song", "jazz", ""], [3]),
    "Int": (["1", "3", "20", "0", "101"], [1, 2, 100, 0], [2**31, "1"]),
}


async def by_plan(generated: Generated, context: Context) -> Answer:
    return answer(await PLANNED.execute(generated.text, generated.variables, context))


async def by_core(generated: Generated, context: Context) -> Answer:
    return answer(await CORE.execute(generated.text, generated.variables, context))


def masked(answered: Answer) -> Answer:
    """Without what `MaskErrors` changes, which is not the executor's."""
    data, errors = answered
    return data, [
        {key: value for key, value in error.items() if key in ("message", "locations", "path")}
        for error in errors
    ]


async def make_library(factory: Factory) -> None:
    for number in range(4):
        made = await factory.make_song(
            f"Song {number}", artists=(f"Artist {number}", "Both"), album=f"Album {number % 2}"
        )
        IDS.append(f"song_{made.id:x}")
    LITERALS["ID"][0].extend(f'"{one}"' for one in IDS)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(generated=operations(CORE._schema, literals=LITERALS, depth=5))
async def test_plan_equals_graphql_core_on_the_real_schema(
    factory: Factory, ask: Asked, generated: Generated
) -> None:
    if len(IDS) == NO_LIBRARY:
        await make_library(factory)
    assume(not validate(CORE._schema, parse(generated.text)))
    # URLs are signed for the time of the request.
    ours, theirs = (Context(ask.services, now=1_800_000_000.0) for _ in range(2))
    assert_alike(masked(await by_plan(generated, ours)), masked(await by_core(generated, theirs)))
    assert not PLANNED.executor.counters.unplanned.keys() - {"null condition"}
