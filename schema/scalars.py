"""Scalars that GraphQL itself does not have."""

from typing import NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)


def _parse(value: object) -> BigInt:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise GraphQLError(f"BigInt takes a whole number of 64 bits, not {value!r:.80}")
    return BigInt(value)


def _parse_uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise GraphQLError(f"UUID takes 32 hexadecimal digits, not {value!r:.80}") from error


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description=(
            "A whole number of up to 64 bits, sent as a JSON number. JavaScript reads it exactly "
            "up to 9,007,199,254,740,991."
        ),
        serialize=int,
        parse_value=_parse,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="128 bits as in RFC 9562, such as 018f3f6e-5b1a-7c3e-9d2b-0f6a1c2d3e4f.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
        serialize=str,
        parse_value=_parse_uuid,
    ),
}

CONFIG = StrawberryConfig(scalar_map=SCALARS)
