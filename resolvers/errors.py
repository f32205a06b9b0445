"""What a resolver answers when it cannot give what was asked for.

The docstring is the message, unless a better one is at hand. `extensions` goes out with the
GraphQL error; `code` is part of the API (docs/reference/errors.md).

An `Expected` error is an answer that a mutation may give: where the mutation's result has a type
for it, it becomes that type (schema/mutation.py).
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


class AccountGone(NotSignedIn):
    """This account does not exist any more."""


class NotAllowed(DomainError):
    """You may not do this."""

    code = "NOT_ALLOWED"


class Unavailable(DomainError):
    """Tonearm cannot reach its database. Try again in a moment."""

    code = "UNAVAILABLE"


class DeadlineExceeded(DomainError):
    """This took too long. Ask for less at once, or try again in a moment."""

    code = "TIMEOUT"


class TooManySubscriptions(DomainError):
    """Too much is listened to at once. End a subscription, or try again later."""

    code = "TOO_MANY_SUBSCRIPTIONS"


class TooManyAttempts(DomainError):
    """This was tried too often."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"This was tried too often. Try again in {retry_after} seconds.", retryAfter=retry_after
        )


class Expected(DomainError):
    """What was asked for cannot be done, for a reason that whoever asks can understand."""

    @property
    def message(self) -> str:
        return str(self)


class Invalid(Expected):
    """A value is not what this takes.

    Attributes:
        field: The field of the input, as GraphQL names it.
    """

    code = "INVALID"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, field=field)
        self.field = field


class Taken(Invalid):
    """Somebody else has this already."""

    code = "TAKEN"


class WrongCredentials(Expected):
    """The name and the password do not go together."""

    code = "WRONG_CREDENTIALS"


class NotFound(Expected):
    """There is no such thing, or it is not yours."""

    code = "NOT_FOUND"


class Conflict(Expected):
    """It has been changed meanwhile: read it again, and try with its current revision."""

    code = "CONFLICT"

    def __init__(self, current_revision: int) -> None:
        super().__init__(currentRevision=current_revision)
        self.current_revision = current_revision
