"""Documents that are asked for by an id: trusted ones from manifests, others as clients register
them (automatic persisted queries)."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson
from graphql import GraphQLError

from app.protocol import GraphQLRequest, RequestError

REGISTERED_CHARACTERS: Final = 2_000_000
"""The size of all documents that a process keeps for clients; the least used ones go first."""


class BadManifest(Exception):
    """A manifest of trusted documents cannot be read."""


class UnknownDocument(GraphQLError):
    """There is no document with this id."""


class Mode(StrEnum):
    """Which documents are executed, and whether they can be asked for by an id."""

    OFF = "off"
    ALLOW = "allow"
    REQUIRED = "required"


_UNKNOWN: Final = {
    # The messages are those that Apollo's clients know: they send the text, and from then on too.
    Mode.OFF: ("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"),
    Mode.ALLOW: ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND"),
    Mode.REQUIRED: (
        "No manifest of trusted documents has this id, and no other document is executed.",
        "DOCUMENT_NOT_TRUSTED",
    ),
}


class Persisted:
    """The documents that have ids: `trusted`, by their id, and those that clients register.

    Registered ones are this process's own: where one is missing, its client sends it again.
    """

    def __init__(
        self, mode: Mode, trusted: Mapping[str, str], *, size: int = REGISTERED_CHARACTERS
    ) -> None:
        self._mode = mode
        self._trusted = trusted
        self._registered: OrderedDict[str, str] = OrderedDict()
        self._size = size
        self._used = 0

    def text(self, request: GraphQLRequest) -> str:
        """The text of the document that a request means.

        Raises `UnknownDocument`, and `RequestError` when text and hash do not go together.
        """
        query, sha256 = request.query, request.persisted_hash
        if sha256 is None:
            if query is not None:
                return query
            assert request.document_id is not None
            return self._find(request.document_id)
        if query is None:
            return self._find(f"sha256:{sha256}")
        if hashlib.sha256(query.encode()).hexdigest() != sha256:
            raise RequestError(
                "PERSISTED_QUERY_MISMATCH",
                "`sha256Hash` is not the SHA-256 of `query` in UTF-8.",
            )
        if self._mode is Mode.ALLOW:
            self._keep(f"sha256:{sha256}", query)
        return query

    def _find(self, id_: str) -> str:
        text = self._trusted.get(id_)
        if text is None:
            text = self._registered.get(id_)
            if text is None:
                message, code = _UNKNOWN[self._mode]
                raise UnknownDocument(message, extensions={"code": code})
            self._registered.move_to_end(id_)
        return text

    def _keep(self, id_: str, text: str) -> None:
        if id_ in self._registered:
            self._registered.move_to_end(id_)
            return
        self._registered[id_] = text
        self._used += len(text)
        while self._used > self._size:
            self._used -= len(self._registered.popitem(last=False)[1])


def read_manifests(paths: Iterable[Path]) -> dict[str, str]:
    """The documents of manifests, by their id.

    Takes an object from ids to texts, as GraphQL Code Generator and Relay write it, and Apollo's
    `apollo-persisted-query-manifest`. A document is also known by the SHA-256 of its text, whatever
    its id. Raises `BadManifest`.
    """
    documents: dict[str, str] = {}
    for path in paths:
        try:
            content = orjson.loads(path.read_bytes())
            for id_, text in _pairs(content):
                if documents.setdefault(id_, text) != text:
                    raise BadManifest(f"{path}: {id_} is another document in another manifest")
                documents.setdefault(_sha256_id(text), text)
        except OSError as error:
            raise BadManifest(str(error)) from error
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise BadManifest(
                f"{path} is no manifest: neither an object from ids to documents, nor Apollo's"
            ) from error
    return documents


def _pairs(content: Any) -> Iterable[tuple[str, str]]:
    if content.__class__ is dict and content.get("format") == "apollo-persisted-query-manifest":
        pairs = [(operation["id"], operation["body"]) for operation in content["operations"]]
    elif content.__class__ is dict:
        pairs = list(content.items())
    else:
        raise TypeError
    for id_, text in pairs:
        if not (isinstance(id_, str) and isinstance(text, str)):
            raise TypeError
        bare = len(id_) == 64 and not id_.strip("0123456789abcdef")
        # The ids of Apollo's manifests and of Relay's are hashes without the prefix.
        yield from ((id_, text), (f"sha256:{id_}", text)) if bare else ((id_, text),)


def _sha256_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
