"""What a resolver answers when it cannot give what was asked for.

The docstring is the message, unless a better one is at hand. `extensions` goes out with the
GraphQL error; `code` is part of the API (docs/reference/errors.md).
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Tonearm cannot do this."""

    code: ClassVar[str]

    def __init__(self, message: str | None = None, **details: Any) -> None:
        super().__init__(message or self.__doc__)
        self.extensions: dict[str, Any] = {"code": self.code, **details}


class BadInput(DomainError):
    """An argument is not what this field takes."""

    code = "BAD_INPUT"


class NotSignedIn(DomainError):
    """Sign in to do this: send the header `Authorization: Bearer <access token>`."""

    code = "NOT_SIGNED_IN"


class Unavailable(DomainError):
    """Tonearm cannot reach its database. Try again in a moment."""

    code = "UNAVAILABLE"


class DeadlineExceeded(DomainError):
    """This took too long. Ask for less at once, or try again in a moment."""

    code = "TIMEOUT"
