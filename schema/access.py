"""Fields that say who may use them. The declaration is what is enforced; a test finds omissions.

A mutation takes one `input` and gives a union `…Result` of its payload and of the failures that it
can have. Its resolver raises domain errors; here those that the union has a type for become its
members, and all others are errors of the request.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import Parameter, isawaitable, signature
from typing import Annotated, Any, Final

import strawberry
from graphql import GraphQLUnionType, get_named_type

from engine.limits import COST_KEY
from resolvers.allowed import Allowed, require
from resolvers.context import Info, domain_errors
from resolvers.errors import Expected
from schema.failures import Error, failure

ALLOWED_KEY: Final = "tonearm.allowed"

WRITE_COST: Final = 20
"""What a mutation costs beside what its payload reads: a transaction takes as long as reading so
many objects."""

ANYONE: Final = Allowed.ANYONE
SIGNED_IN: Final = Allowed.SIGNED_IN
CURATOR: Final = Allowed.CURATOR
ADMIN: Final = Allowed.ADMIN


def guarded(resolver: Callable[..., Any], *, allowed: Allowed, **options: Any) -> Any:
    """A field that calls `resolver` for those who are `allowed`; see `schema.fields.resolved_by`.

    Anybody else gets `NOT_SIGNED_IN` or `NOT_ALLOWED`, and null.
    """

    call = _caller(resolver)

    @_with_info(resolver)
    async def resolve(info: Info, **values: Any) -> Any:
        require(info.context, allowed)
        return await call(info, values)

    return strawberry.field(resolver=resolve, metadata={ALLOWED_KEY: allowed}, **options)


def mutation(resolver: Callable[..., Any], *, allowed: Allowed, **options: Any) -> Any:
    """A mutation; `resolver(info, input)` gives what the fields of its payload are read from.

    `options` are those of `strawberry.mutation`.
    """

    call = _caller(resolver)

    @_with_info(resolver)
    async def resolve(info: Info, **values: Any) -> Any:
        require(info.context, allowed)
        if info.context.exchange is not None:
            info.context.exchange.complete()
        info.context.forget()  # by an earlier mutation of this request
        try:
            with domain_errors():  # of new ids as well, which need a lease from the database
                return await call(info, values)
        except Expected as error:
            answer = failure(error)
            if _is_member(answer, info):
                return answer
            raise

    metadata = {ALLOWED_KEY: allowed, COST_KEY: WRITE_COST}
    return strawberry.mutation(resolver=resolve, metadata=metadata, **options)


def subscription(resolver: Callable[..., Any], *, allowed: Allowed, **options: Any) -> Any:
    """A subscription; `resolver(info, …)` gives what its events come from: an asynchronous
    iterator that has `aclose`, whose items are read as the field's type.

    Anybody who is not `allowed`, gets `NOT_SIGNED_IN` or `NOT_ALLOWED` instead of events.
    """

    call = _caller(resolver)

    @_with_info(resolver)
    async def resolve(info: Info, **values: Any) -> Any:
        require(info.context, allowed)
        return await call(info, values)

    return strawberry.subscription(resolver=resolve, metadata={ALLOWED_KEY: allowed}, **options)


def _is_member(answer: Error, info: Info) -> bool:
    """Whether the field's result has the type of `answer`."""
    result = get_named_type(info._raw_info.return_type)
    name = type(answer).__name__
    return isinstance(result, GraphQLUnionType) and name in {type_.name for type_ in result.types}


def _caller(
    resolver: Callable[..., Any],
) -> Callable[[Info, dict[str, Any]], Coroutine[Any, Any, Any]]:
    """Calls `resolver`, be it a coroutine or not, with `info` if it wants that."""
    wants_info = "info" in signature(resolver).parameters

    async def call(info: Info, values: dict[str, Any]) -> Any:
        result = resolver(**values, info=info) if wants_info else resolver(**values)
        return await result if isawaitable(result) else result

    return call


def _with_info(resolver: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a wrapper of `resolver` its arguments, and `info` if it has none.

    An `input` is described by its type.
    """
    own = signature(resolver, eval_str=True)
    parameters = [
        parameter.replace(annotation=_described(parameter.annotation))
        if parameter.name == "input"
        else parameter
        for parameter in own.parameters.values()
    ]
    if "info" not in own.parameters:
        parameters.append(Parameter("info", Parameter.KEYWORD_ONLY, annotation=Info))

    def as_resolver(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        wrapped = wraps(resolver)(wrapper)
        wrapped.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {
            **{parameter.name: parameter.annotation for parameter in parameters},
            "return": Any,
        }
        return wrapped

    return as_resolver


def _described(input_type: Any) -> Any:
    description = input_type.__strawberry_definition__.description
    return Annotated[input_type, strawberry.argument(description=description)]
