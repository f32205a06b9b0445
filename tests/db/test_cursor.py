import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cursor import INT2, INT8, decode_cursor, encode_cursor
from db.errors import InvalidCursor


@given(
    st.integers(INT8[0], INT8[-1]), st.text(st.characters(exclude_characters="\0", codec="utf-8"))
)
def test_cursor_comes_back_as_it_went(number: int, text: str) -> None:
    assert decode_cursor(encode_cursor("order", number, text), "order", INT8, str) == [number, text]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        "A" * 10_000,
        encode_cursor("other", 1),
        encode_cursor("order"),
        encode_cursor("order", 1, 2),
        encode_cursor("order", "1"),
        encode_cursor("order", 2**15),
        encode_cursor("order", True),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor, match="was not made by this field"):
        decode_cursor(cursor, "order", INT2)


@given(st.text(max_size=300))
def test_no_text_does_worse_than_be_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, "order", INT2)


def test_nul_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(encode_cursor("order", "a\0b"), "order", str)
