"""GraphQL over HTTP, first edition of September 2026: media types, status codes, requests.

docs/reference/http.md has the table of status codes for people; docs/decisions/0029 says where
the text and its audits differ, and what was done.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from strawberry.types import ExecutionResult

Header = tuple[bytes, bytes]

STATUSES: Final[Mapping[str, int]] = {
    "BAD_REQUEST": 400,
    "PERSISTED_QUERY_MISMATCH": 400,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "REQUEST_TIMEOUT": 408,
    "BODY_TOO_LARGE": 413,
    "URL_TOO_LONG": 414,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
}
"""The status of a request that was refused as a whole, by its `extensions.code`."""

OK: Final = 200
PARTIAL: Final = 294
"""There are data and errors; so numbered by GraphQL over HTTP."""

REFUSED: Final = 400
"""The document or its variables are not good: there are errors and no data."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """What an answer is sent as.

    Attributes:
        partial: The status of an answer with data and errors.
        refused: The status where the document or its variables are not good.
    """

    header: Header
    partial: int
    refused: int


RESPONSE_JSON: Final = MediaType(
    (b"content-type", b"application/graphql-response+json; charset=utf-8"), PARTIAL, REFUSED
)
JSON: Final = MediaType((b"content-type", b"application/json"), OK, OK)
"""For clients from before GraphQL over HTTP, which read nothing but a 200."""

REMEMBERED: Final = 256
"""Values of `Accept` that are remembered; there are as many as there are kinds of clients."""

_ACCEPTED: Final[dict[bytes, MediaType | None]] = {}

_PREFERRED: Final = (
    (b"application/graphql-response+json", RESPONSE_JSON),
    (b"application/json", JSON),
)
_QUALITY: Final = re.compile(rb"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


class RequestError(Exception):
    """A request that is not executed; it is answered with the status of `code` and one error."""

    def __init__(self, code: str, message: str, *headers: Header, **details: Any) -> None:
        super().__init__(message)
        self.status = STATUSES[code]
        self.headers = headers
        self.extensions = {"code": code, **details}

    def body(self) -> bytes:
        return orjson.dumps({"errors": [{"message": str(self), "extensions": self.extensions}]})


def error_response(error: RequestError, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that was not for GraphQL."""
    return Response(error.body(), error.status, headers, "application/json")


def negotiate(accept: bytes | None) -> MediaType:
    """What to answer with, by the header `Accept` (RFC 9110, 12.5.1).

    Who accepts both alike gets `application/graphql-response+json`; who accepts anything, or says
    nothing, gets `application/json`. Raises `RequestError` for who accepts neither.
    """
    if accept is None:
        return JSON
    try:
        found = _ACCEPTED[accept]
    except KeyError:
        found = _negotiated(accept)
        if len(_ACCEPTED) >= REMEMBERED:
            _ACCEPTED.clear()
        _ACCEPTED[accept] = found
    if found is None:
        raise RequestError(
            "NOT_ACCEPTABLE",
            "Answers are JSON: accept application/graphql-response+json, or application/json.",
        )
    return found


def _negotiated(accept: bytes) -> MediaType | None:
    qualities: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        name, *parameters = (piece.strip() for piece in part.split(b";"))
        quality = 1.0
        readable = True
        for parameter in parameters:
            key, _, value = parameter.partition(b"=")
            if key.strip() == b"q":
                match = _QUALITY.fullmatch(value.strip())
                quality = float(match[0]) if match else 0.0
            elif key.strip() == b"charset" and value.strip(b' "') not in (b"utf-8", b"utf8"):
                readable = False
        if readable:
            qualities[name] = max(qualities.get(name, 0.0), quality)
    wanted: MediaType | None = None
    best = 0.0
    for name, media_type in _PREFERRED:
        if qualities.get(name, 0.0) > best:
            wanted, best = media_type, qualities[name]
    for name in (b"application/*", b"*/*"):
        # What is not named is as good as the pattern says; a name with q=0 is refused.
        if qualities.get(name, 0.0) > best:
            for named, media_type in reversed(_PREFERRED):
                if named not in qualities:
                    return media_type
    return wanted


def status_of(result: ExecutionResult, media_type: MediaType) -> int:
    """The status of a result that has errors."""
    return media_type.refused if is_refused(result) else media_type.partial


def is_refused(result: ExecutionResult) -> bool:
    """Whether nothing was executed: errors of fields have a path, those of the request have not."""
    errors = result.errors or ()
    return result.data is None and all(error.path is None for error in errors)


def encode(result: ExecutionResult, extensions: dict[str, Any] | None = None) -> bytes:
    """A result as JSON; `extensions` are added to its own."""
    if not result.errors and not extensions and not result.extensions:
        return orjson.dumps({"data": result.data})
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if not is_refused(result):
        answer["data"] = result.data
    if result.extensions or extensions:
        answer["extensions"] = (result.extensions or {}) | (extensions or {})
    return orjson.dumps(answer)


@dataclass(slots=True)
class GraphQLRequest:
    """What was asked for, in the terms of GraphQL over HTTP.

    Attributes:
        query: The text of the document, or None where `document_id` or `persisted_hash` names it.
        document_id: As in the draft on persisted documents.
        persisted_hash: The SHA-256 of the document, as clients of Apollo's send it.
    """

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None = None
    persisted_hash: str | None = None


def check_content_type(content_type: bytes | None) -> None:
    """Takes JSON only: no web page of another origin can send that without being allowed to."""
    if content_type == b"application/json":
        return
    media_type, _, parameters = (content_type or b"").lower().partition(b";")
    charset = parameters.strip() in (b"", b"charset=utf-8", b'charset="utf-8"')
    if media_type.strip() != b"application/json" or not charset:
        raise RequestError(
            "UNSUPPORTED_MEDIA_TYPE",
            "Send JSON in UTF-8, with the header `Content-Type: application/json`.",
            (b"accept", b"application/json"),
        )


def request_of_json(body: bytes) -> GraphQLRequest:
    """The request in a body; raises `RequestError`."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError("BAD_REQUEST", f"The body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise RequestError(
            "BAD_REQUEST", 'The body is not one JSON object, as in {"query": "{ … }"}.'
        )
    return _checked(fields)


def request_of_query_string(query_string: bytes, most: int) -> GraphQLRequest:
    """The request in a URL; raises `RequestError`, also for one of more than `most` bytes."""
    if len(query_string) > most:
        raise RequestError("URL_TOO_LONG", f"A URL has at most {most:,} bytes: send it by POST.")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise RequestError("BAD_REQUEST", "The URL is not encoded in UTF-8.") from error
    fields: dict[str, Any] = {name: value or None for name, value in pairs}
    if len(fields) < len(pairs):
        raise RequestError("BAD_REQUEST", "A parameter stands in the URL more than once.")
    for name in ("variables", "extensions"):
        if fields.get(name) is not None:
            try:
                fields[name] = orjson.loads(fields[name])
            except orjson.JSONDecodeError as error:
                raise RequestError(
                    "BAD_REQUEST", f"`{name}` in the URL is not JSON: {error}"
                ) from error
    return _checked(fields)


def _checked(fields: Mapping[str, Any]) -> GraphQLRequest:
    query = fields.get("query")
    variables = fields.get("variables")
    operation_name = fields.get("operationName")
    extensions = fields.get("extensions")
    if not (variables is None or isinstance(variables, dict)):
        problem = "`variables` is an object or null"
    elif not (operation_name is None or isinstance(operation_name, str)):
        problem = "`operationName` is a string or null"
    elif not (extensions is None or isinstance(extensions, dict)):
        problem = "`extensions` is an object or null"
    elif query.__class__ is str and query and extensions is None:
        return GraphQLRequest(query, variables, operation_name or None)
    else:
        persisted = (extensions or {}).get("persistedQuery")
        document_id = fields.get("documentId")
        if not (query is None or isinstance(query, str)):
            problem = "`query` is a string: the text of the GraphQL document"
        elif not (document_id is None or isinstance(document_id, str)):
            problem = "`documentId` is a string or null"
        elif not (persisted is None or isinstance(persisted, dict)):
            problem = "`extensions.persistedQuery` is an object or null"
        elif persisted is not None and persisted.get("version") != 1:
            problem = "`extensions.persistedQuery.version` is 1"
        elif persisted is not None and not _is_sha256(persisted.get("sha256Hash")):
            problem = "`extensions.persistedQuery.sha256Hash` is 64 hexadecimal digits, lower case"
        elif not query and document_id is None and persisted is None:
            problem = "`query` is missing: it is the text of the GraphQL document"
        else:
            sha256 = persisted["sha256Hash"] if persisted is not None else None
            return GraphQLRequest(
                query or None, variables, operation_name or None, document_id, sha256
            )
    raise RequestError("BAD_REQUEST", f"{problem}.")


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None
