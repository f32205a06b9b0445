"""The variables of an operation, coerced as graphql-core does it."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

PLAIN: Final[dict[Any, type]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Classes of values that a scalar takes as they are."""

MAX_ERRORS: Final = 50
"""As many errors as graphql-core reports by default."""


class Variables:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        known = [self._known(definition) for definition in self._definitions]
        self._known_all = [one for one in known if one is not None]
        self._simple = len(self._known_all) == len(known)

    def _known(self, definition: VariableDefinitionNode) -> Any:
        """What is known of a variable of a scalar, an enum, or a list of plain scalars."""
        signature = get_variable_signature(self._schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        required = is_non_null_type(signature.type)
        named: Any = signature.type.of_type if required else signature.type  # type: ignore[union-attr]
        has_default = definition.default_value is not None
        if is_list_type(named):
            item: Any = named.of_type.of_type if is_non_null_type(named.of_type) else named.of_type
            if item not in PLAIN:
                return None
            return (signature, list, required, has_default, {PLAIN[item]})
        if not is_leaf_type(named):
            return None
        return (signature, PLAIN.get(named), required, has_default, None)

    def coerce(self, inputs: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        if self._simple:
            sources: dict[str, Any] = {}
            coerced: dict[str, Any] = {}
            for signature, plain, required, has_default, items in self._known_all:
                name = signature.name
                value = inputs.get(name, Undefined)
                if value is not Undefined:
                    result = value
                    if items is not None:
                        if value.__class__ is not list or not items.issuperset(map(type, value)):
                            break
                        result = value.copy()
                    elif value.__class__ is not plain:
                        result = coerce_input_value(value, signature.type)
                        if result is Undefined:
                            break
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = result
                else:
                    sources[name] = VariableValueSource(signature)
                    if has_default:
                        try:
                            coerced[name] = coerce_default_value(signature)
                        except TypeError:
                            break
                    elif required:
                        break
            else:
                return VariableValues(sources, coerced)
        return get_variable_values(
            self._schema, self._definitions, dict(inputs), max_errors=MAX_ERRORS
        )
