"""Code of a selection: what it is made of, and what it leaves to the general way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, parse

from engine.batch import Loader, Loaders, batched, reads
from engine.code import MOST_FIELDS, code_of
from engine.documents import Document, Operation
from engine.executor import PlannedSchema
from engine.plan import Plan, Shapes

HOSTILE = '__import__("os").abort(), {0}: 1 for'


@dataclass
class Song:
    id: int
    title: str | None
    artist_id: int


@dataclass
class Context:
    """Notes what the loader was asked for: keys, and columns."""

    asked: list[tuple[list[int], frozenset[str] | None]] = field(default_factory=list)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)


async def _load(
    context: Context, keys: Sequence[int], columns: frozenset[str] | None = None
) -> dict[int, Song]:
    context.asked.append((list(keys), columns))
    return {key: Song(key, f"song {key}", 7) for key in keys if key != 0}


SONGS: Loader[int, Song] = Loader("songs", _load, frozenset({"id", "title", "artist_id"}))


async def _load_titles(context: Context, keys: Sequence[int]) -> list[str | None]:
    songs = await context.loaders[SONGS].read(keys)
    return [None if song is None else song.title for song in songs]


TITLES: Loader[int, str] = Loader("titles", _load_titles, uses=(SONGS,))


def _number(_root: object, number: int) -> int:
    return number


@reads("id")
def _label(song: strawberry.Parent[Song]) -> str:
    return f"song_{song.id}"


def _undeclared(song: strawberry.Parent[Song]) -> str:
    return f"song_{song.id}"


@strawberry.type
class SongType:
    id: int
    title: str | None
    label: str = strawberry.field(resolver=_label)
    undeclared: str = strawberry.field(resolver=_undeclared)


def _tags(values: list[str]) -> list[str]:
    values.append("changed")
    return values


@strawberry.type
class Query:
    song: SongType | None = batched(SONGS, _number)
    title: str | None = batched(TITLES, _number)
    tags: list[str] = strawberry.field(resolver=_tags)

    @strawberry.field
    def word(self) -> str:
        return "word"


schema = PlannedSchema(Query)


def plan_of(document: DocumentNode) -> Plan:
    operation = Document(Shapes(schema._schema, schema), 0, document).operation(None)
    assert isinstance(operation, Operation)
    return operation.plan({})


async def ask(query: str, variables: dict[str, Any] | None = None) -> Context:
    context = Context()
    result = await schema.executor.execute(query, variables, None, context)
    assert result.errors is None
    return context


async def test_a_selection_has_code_of_its_own_from_the_second_time_on() -> None:
    query = "{ first: word second: word }"
    first = await schema.executor.execute(query)
    document = schema.executor.documents.get(query)
    assert document is not None
    root = document.ready[None].plan({}).root
    assert root.rows is None
    again = await schema.executor.execute(query)
    assert root.rows is not None
    assert again.data == first.data == {"first": "word", "second": "word"}


async def test_more_fields_than_code_is_made_for_run_all_the_same() -> None:
    query = "{" + " ".join(f"a{number}: word" for number in range(MOST_FIELDS + 1)) + "}"
    for _ in range(3):
        result = await schema.executor.execute(query)
        assert result.data == {f"a{number}": "word" for number in range(MOST_FIELDS + 1)}


def test_nothing_of_a_query_is_in_the_source() -> None:
    sources: list[list[str]] = []
    for alias in ("plain", "exec_abort", "__import__"):
        plan = plan_of(parse(f"{{ {alias}: song(number: 1) {{ {alias}: title }} }}"))
        selections = [plan.root, plan.root.fields[0].selection]
        code = "".join(code_of(one.fields) for one in selections if one is not None)
        sources.append([line for line in code.splitlines() if not line.startswith("#")])
        assert alias in code  # in the comments, for people
    assert sources[0] == sources[1] == sources[2]


@pytest.mark.parametrize("alias", [HOSTILE, '"', "\\", "key0", "run", "level", "\n", "c0 = 1\n"])
async def test_a_hostile_name_is_a_key_and_no_code(alias: str) -> None:
    """No parser lets such an alias through; a document made by hand can have it."""
    query = f"{{ hostile: word other: word }} #{alias!r}"
    document = await schema.executor._new_document(query)
    assert document.node is not None
    definition: Any = document.node.definitions[0]
    object.__setattr__(definition.selection_set.selections[0].alias, "value", alias)
    for _ in range(3):
        result = await schema.executor.execute(query)
        assert result.errors is None
        assert result.data == {alias: "word", "other": "word"}
    assert document.ready[None].plan({}).root.rows is not None


async def test_a_loader_is_asked_for_the_attributes_that_the_plan_reads() -> None:
    context = await ask("{ song(number: 1) { title } other: song(number: 2) { label } }")
    assert context.asked == [([1, 2], frozenset({"id", "title"}))]


async def test_a_loader_is_asked_for_all_where_a_function_does_not_say_what_it_reads() -> None:
    context = await ask("{ song(number: 1) { title } other: song(number: 2) { undeclared } }")
    assert context.asked == [([1, 2], None)]


async def test_what_was_read_with_fewer_attributes_is_not_given_to_others() -> None:
    context = await ask("{ song(number: 1) { title } }")
    assert await context.loaders[SONGS].load(1) == Song(1, "song 1", 7)
    assert [columns for _, columns in context.asked] == [frozenset({"title"}), None]


async def test_what_was_read_as_a_whole_is_not_read_again() -> None:
    context = Context()
    await context.loaders[SONGS].load(1)
    await schema.executor.execute("{ song(number: 1) { title } }", None, None, context)
    assert context.asked == [([1], None)]


async def test_what_another_loader_of_the_plan_uses_is_read_once_as_a_whole() -> None:
    context = await ask("{ title(number: 1) song(number: 1) { title } }")
    assert context.asked == [([1], None)]


async def test_a_key_that_is_not_in_a_loader_s_dict_is_null() -> None:
    result = await schema.executor.execute("{ song(number: 0) { id } }", None, None, Context())
    assert result.data == {"song": None}


async def test_a_resolver_gets_a_list_of_its_own() -> None:
    query = 'query ($values: [String!]! = ["a"]) { tags(values: $values) b: tags(values: ["b"]) }'
    for _ in range(3):
        result = await schema.executor.execute(query)
        assert result.data == {"tags": ["a", "changed"], "b": ["b", "changed"]}
