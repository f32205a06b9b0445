"""How a type knows its objects."""

from typing import Any


def instances_of(*classes: type) -> Any:
    """`is_type_of` of a Strawberry type whose objects are instances of these classes.

    Plans know what it does, and look at the class of an object instead of calling it.
    """

    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, classes)

    is_type_of.classes = classes  # type: ignore[attr-defined]
    return staticmethod(is_type_of)
