import pytest
from graphql import parse

from engine.inputs import NO_LIMITS, InputLimits

LIMITS = InputLimits(list_items=3, string_length=5)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("123456", "$v has 6 characters"),
        (["123456"], "$v has 6 characters"),
        ({"a": {"b": "123456"}}, "$v.a.b has 6 characters"),
        ([1, 2, 3, 4], "$v has 4 items"),
        ([[1, 2, 3, 4]], "$v has 4 items"),
        ({"a": [{"b": [1, 2, 3, 4]}]}, "$v.a.b has 4 items"),
    ],
)
def test_what_is_too_long_is_told_with_its_place(value: object, place: str) -> None:
    error = LIMITS.error_of({"v": value})
    assert error is not None
    assert error.message.startswith(place)
    assert error.extensions is not None
    assert error.extensions["code"] == "INPUT_TOO_LARGE"


@pytest.mark.parametrize("value", ["12345", [1, 2, 3], {"a": ["12345"] * 3}, None, 1, True, 1.5])
def test_what_is_not_too_long_passes(value: object) -> None:
    assert LIMITS.error_of({"v": value}) is None


@pytest.mark.parametrize(
    ("document", "passes"),
    [
        ('{ a(b: "12345", c: [1, 2, 3]) { d } }', True),
        ('{ a { b(c: "123456") } }', False),
        ("{ a { ... on A { b(c: {d: [1, 2, 3, 4]}) } } }", False),
        ("query ($a: [Int!] = [1, 2, 3, 4]) { a }", False),
        ('fragment F on A { a @b(c: "123456") } { a }', False),
    ],
)
def test_values_in_documents_are_measured_too(document: str, passes: bool) -> None:
    assert (LIMITS.error_of_document(parse(document), document) is None) is passes
    assert NO_LIMITS.error_of_document(parse(document), document) is None


def test_a_deep_value_needs_no_stack() -> None:
    value: object = "123456"
    for _ in range(20_000):
        value = [value]
    assert LIMITS.error_of({"v": value}) is not None
