"""What a mutation answers when it cannot do what was asked: typed members of its result."""

from typing import Any, Final

import strawberry

from resolvers import errors


@strawberry.interface(description="Why something was not done.")
class Error:
    message: str = strawberry.field(description="What went wrong and what to do, for people.")
    code: str = strawberry.field(description="What went wrong, for programs; it does not change.")


@strawberry.type(description="A value of the input is not what it must be.")
class Invalid(Error):
    field: str = strawberry.field(description="Which field of the input.")


@strawberry.type(description="A value of the input is somebody else's already.")
class Taken(Error):
    field: str = strawberry.field(description="Which field of the input.")


@strawberry.type(description="The name, password, token or code is not right, or has ended.")
class WrongCredentials(Error):
    pass


@strawberry.type(description="There is no such thing, or it is not yours.")
class NotFound(Error):
    pass


@strawberry.type(description="Somebody changed it meanwhile; nothing was done.")
class Conflict(Error):
    current_revision: int = strawberry.field(
        description="The revision that it has now: read it again and decide anew."
    )


_TYPES: Final[dict[type[errors.Expected], type[Error]]] = {
    errors.Conflict: Conflict,
    errors.Invalid: Invalid,
    errors.NotFound: NotFound,
    errors.Taken: Taken,
    errors.WrongCredentials: WrongCredentials,
}


def failure(error: errors.Expected) -> Error:
    """The error as the API shows it."""
    type_ = _TYPES[type(error)]
    fields = type_.__strawberry_definition__.fields  # type: ignore[attr-defined]
    return type_(**{field.python_name: getattr(error, field.python_name) for field in fields})


def _is_payload(source: object, _info: object) -> bool:
    return not isinstance(source, Error)


payload: Final[Any] = staticmethod(_is_payload)
"""`is_type_of` of a payload: whatever a mutation gives that is no error."""
