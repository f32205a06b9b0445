"""The attacks: each is what is sent, as bytes of HTTP, and how many times."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Attack:
    """`requests` are sent one after the other; `slow` sends the last byte never.

    Attributes:
        abandon: Whether the client goes as soon as it has sent each of them, all at once, while
            the database is locked.
    """

    name: str
    requests: Callable[[], Sequence[bytes]]
    slow: bool = False
    abandon: bool = False


def http(body: bytes) -> bytes:
    head = b"POST /graphql/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n%b" % (len(body), body)


def asked(query: str, **variables: Any) -> bytes:
    return http(json.dumps({"query": query, "variables": variables}).encode())


def _query(name: str, make: Callable[[], str], **variables: Any) -> Attack:
    return Attack(name, lambda: [asked(make(), **variables)])


def _nested(levels: int) -> str:
    return (
        "{ song(id: 1) { " + "artists { songs { nodes { " * levels + "id" + " } } }" * levels + "}}"
    )


def _doubling(levels: int) -> str:
    fragments = "".join(
        f"fragment f{level} on Query {{ ...f{level + 1} a{level}: __typename ...f{level + 1} }}\n"
        for level in range(levels)
    )
    return f"{{ ...f0 }}\n{fragments}fragment f{levels} on Query {{ __typename }}"


def _circle() -> str:
    return "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"


def _introspection(levels: int) -> str:
    return "{ __schema { types { " + "fields { type { " * levels + "name" + "}}" * levels + "}}}"


def _bomb() -> str:
    return """{ search(query: "ka") { artists(first: 100) { nodes { albums(first: 100) { nodes {
        songs(first: 100) { nodes { title artists { songs(first: 100) { nodes { title } } } } }
    } } } } } }"""


SEARCH: Final = "query ($text: String!) { search(query: $text) { songs { nodes { title } } } }"
NODE: Final = "query ($id: ID!) { song(id: $id) { title } }"

ATTACKS: Final = (
    _query("fields nested 1,000 deep", lambda: _nested(330)),
    _query("fields nested 30,000 deep", lambda: _nested(10_000)),
    _query("fragments that double, 22 levels", lambda: _doubling(22)),
    _query("fragments in a circle", _circle),
    _query(
        "10,000 aliases", lambda: "{" + "".join(f"a{n}: __typename " for n in range(10_000)) + "}"
    ),
    _query("5,000 directives", lambda: "{ __typename " + "@skip(if: false) " * 5_000 + "}"),
    _query("200,000 unknown fields", lambda: "{" + "x " * 200_000 + "}"),
    _query(
        "2,000 operations",
        lambda: "".join(f"query q{n} {{ __typename }} " for n in range(2_000)),
    ),
    _query(
        "an integer of 100,000 digits",
        lambda: (
            '{ search(query: "a") { songs(first: ' + "9" * 100_000 + ") { nodes { title } } } }"
        ),
    ),
    _query("a NUL in a search", lambda: SEARCH, text="a\0b"),
    _query("a string of 1 MB", lambda: SEARCH, text="a" * 1_000_000),
    _query("introspection, nested 12 deep", lambda: _introspection(12)),
    _query("100 x 100 x 100 x 100 objects", _bomb),
    Attack("invalid UTF-8", lambda: [http(b'{"query": "{ search(query: \\"\xff\xfe\\") }"}')]),
    Attack(
        "a batch of 1,000 operations",
        lambda: [http(json.dumps([{"query": "{ __typename }"}] * 1_000).encode())],
    ),
    Attack("a body of 50 MB", lambda: [asked("{ __typename } #" + "x" * 50_000_000)]),
    Attack("a body that never ends", lambda: [asked("{ __typename }")], slow=True),
    Attack(
        "500 documents that differ",
        lambda: [
            asked(f'{{ a{n}: search(query: "ka") {{ songs {{ nodes {{ b{n}: title }} }} }} }}')
            for n in range(500)
        ],
    ),
    Attack(
        "30 slow queries that are abandoned",
        lambda: [asked(NODE, id=f"song_{(1 << 50) + n:x}") for n in range(30)],
        abandon=True,
    ),
)
