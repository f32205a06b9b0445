import pytest
from graphql import GraphQLSchema, build_schema, parse

from engine.limits import ASSUMED_LENGTH, MOST, Excess, Limits, Size, measure
from schema.schema import schema as tonearm

SCHEMA = build_schema(
    """
    type Query {
      song(id: ID!): Song
      songs(first: Int! = 20): Songs
      nodes(ids: [ID!]!): [Node]!
      genres: [Genre!]!
    }
    interface Node { id: ID! }
    type Song implements Node { id: ID! title: String! artists: [Artist!]! similar(first: Int! = 10): Songs }
    type Artist implements Node { id: ID! name: String! songs(first: Int! = 20): Songs }
    type Genre implements Node { id: ID! }
    type Songs { edges: [Edge!]! nodes: [Song!]! pageInfo: PageInfo! }
    type Edge { node: Song! cursor: String! }
    type PageInfo { endCursor: String }
    """  # noqa: E501
)
GENEROUS = Limits(operations=9, depth=99, fields=999, root_fields=99, aliases=99, directives=99)


def size(text: str, schema: GraphQLSchema = SCHEMA) -> Size:
    (only,) = measure(parse(text), schema)
    return only


def cost(text: str, **variables: object) -> int:
    return size(text).cost.of(variables)


def test_fields_aliases_directives_and_depth_are_counted() -> None:
    found = size('query @a { one: song(id: "1") @b { title artists { name @c } } genres { id } }')
    assert (found.depth, found.fields, found.root_fields) == (3, 6, 2)
    assert (found.aliases, found.directives) == (1, 3)


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    found = size(
        """
        { ...Roots a: song(id: "1") { ...S } }
        fragment Roots on Query { genres { id } songs { nodes { ...S } } }
        fragment S on Song { t: title ... on Song @skip(if: false) { id } }
        """
    )
    assert (found.depth, found.fields, found.root_fields) == (3, 9, 3)
    assert (found.aliases, found.directives) == (3, 2)


def test_a_leaf_costs_nothing_and_an_object_one() -> None:
    assert cost("{ __typename }") == 0
    assert cost('{ song(id: "1") { id title } }') == 1


def test_a_page_costs_its_size_times_what_is_selected_below() -> None:
    assert cost("{ songs(first: 7) { nodes { title } pageInfo { endCursor } } }") == 1 + 1 + 7
    assert cost("{ songs { nodes { artists { name } } } }") == 1 + 20 * (1 + ASSUMED_LENGTH)
    assert cost(
        "{ songs(first: 3) { edges { node { similar(first: 4) { nodes { id } } } } } }"
    ) == (1 + 3 * (1 + 1 + (1 + 4)))


def test_a_page_of_one_is_no_list_of_assumed_length() -> None:
    assert cost("{ songs(first: 1) { nodes { title } } }") == 2


def test_the_size_of_a_page_may_come_from_a_variable() -> None:
    text = """query ($n: Int! = 6) {
        songs(first: $n) { nodes { similar(first: $n) { nodes { id } } } }
    }"""
    assert cost(text, n=3) == 1 + 3 * (1 + 1 + 3)
    assert cost(text) == 1 + 6 * (1 + 1 + 6)
    assert cost(text.replace(" = 6", "")) == 1 + 20 * (1 + 1 + 10)
    assert cost(text, n="many") == cost(text)


def test_a_fragment_on_a_page_counts_as_often_as_the_page_is_long() -> None:
    fragments = """
        fragment Page on Songs { ... on Songs { nodes { title } } ...More }
        fragment More on Songs { edges { node { id } } pageInfo { endCursor } }
    """
    assert cost("{ songs(first: 7) { ...Page } }" + fragments) == 1 + 7 + 14 + 1
    assert cost("query ($n: Int!) { songs(first: $n) { ...Page } }" + fragments, n=2) == 1 + 6 + 1


def test_ids_count_as_many_objects() -> None:
    assert cost('{ nodes(ids: ["1", "2", "3"]) { id } }') == 3
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["1", "2"]) == 2


def test_fragments_that_double_are_measured_in_linear_time() -> None:
    doubling = " ".join(f"fragment F{n} on Song {{ ...F{n + 1} ...F{n + 1} }}" for n in range(250))
    found = size(
        'query ($n: Int!) { song(id: "1") { ...F0 } } '
        f"{doubling} fragment F250 on Song {{ similar(first: $n) {{ nodes {{ id }} }} }}"
    )
    assert found.fields == MOST
    assert found.cost.of({"n": 2}) == MOST
    assert found.excess(GENEROUS) == Excess("fields", MOST, 999)


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A genres { id } }",
        "{ ...A } fragment A on Query { ...A }",
        "{ ...Missing nothing { of { that } } }",
        "{ ...A } fragment A on Nothing { id nodes { id } }",
        '{ songs(first: "many") { nodes { id } } song { title { letters } } }',
        f"{{ songs(first: {'9' * 5000}) {{ nodes {{ id }} }} }}",
        "subscription { genres { id } }",
        "mutation { a b c }",
    ],
)
def test_documents_that_are_not_valid_are_measured_all_the_same(text: str) -> None:
    assert size(text).cost.of({}) >= 0


def test_an_unused_fragment_counts_for_no_operation() -> None:
    found = measure(
        parse("query A { genres { id } } fragment F on Song { id } query B { __typename }"), SCHEMA
    )
    assert [operation.fields for operation in found] == [2, 1]


def test_the_first_limit_that_is_passed_is_told() -> None:
    found = size("{ a: genres { id } b: genres { id } }")
    assert found.excess(GENEROUS) is None
    assert found.excess(
        Limits(operations=1, depth=9, fields=9, root_fields=1, aliases=1, directives=0)
    ) == (Excess("root_fields", 2, 1))


def test_the_search_page_of_an_app_costs_what_it_reads() -> None:
    found = size(
        """
        query ($text: String!, $first: Int!) { search(query: $text) { songs(first: $first) {
          edges { node { title artists { name } album { title } files { codec } } }
        } } }
        """,
        tonearm._schema,
    )
    assert found.cost.of({"text": "a", "first": 20}) == 1 + 1 + 20 * (2 + 2 * ASSUMED_LENGTH + 1)
