"""Scalars that GraphQL itself does not have."""

from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)


def _parse(value: object) -> BigInt:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise GraphQLError(f"BigInt takes a whole number of 64 bits, not {value!r:.80}")
    return BigInt(value)


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description=(
            "A whole number of up to 64 bits, sent as a JSON number. JavaScript reads it exactly "
            "up to 9,007,199,254,740,991."
        ),
        serialize=int,
        parse_value=_parse,
    )
}

CONFIG = StrawberryConfig(scalar_map=SCALARS)
