"""`tonearm explain`: how a query is executed, and what it costs."""

from textwrap import shorten
from time import perf_counter
from typing import Any, Final

import orjson
from graphql import ExecutionResult
from rich.console import Console

from app.services import open_services
from app.settings import Settings
from engine.trace import Trace
from resolvers.context import Context
from schema.schema import schema

ROUNDS: Final = 4
WIDTH: Final = 240
"""How much of a statement is shown."""


async def explain(
    settings: Settings,
    query: str,
    variables: dict[str, Any],
    name: str | None,
    console: Console,
    *,
    code: bool = False,
) -> int:
    """Executes the query some times, and tells about the last: connections and statements are
    ready then, as they are in a server that runs. With `code`, shows the plan's as well."""
    async with open_services(settings) as services:
        for _ in range(ROUNDS):
            context = Context(services, statements=[])
            trace = Trace()
            started = perf_counter()
            result = await schema.executor.execute(query, variables, name, context, trace=trace)
            milliseconds = (perf_counter() - started) * 1000
    _print(console, trace, context, milliseconds, code=code)
    for error in result.errors or ():
        console.print(f"Error: {error.message}", style="red", markup=False, soft_wrap=True)
    size = len(orjson.dumps(ExecutionResult(result.data, result.errors).formatted))
    console.print(f"\nAnswer: {size} bytes of JSON")
    return 1 if result.data is None else 0


def _print(
    console: Console, trace: Trace, context: Context, milliseconds: float, *, code: bool
) -> None:
    def heading(text: str) -> None:
        console.print(f"\n{text}", style="bold", highlight=False)

    def line(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    heading("Plan" if trace.plan else f"No plan ({trace.reason or 'not executed'})")
    for text in trace.plan:
        line(text)
    if code and trace.code:
        heading("Code")
        line("\n".join(trace.code))
    if trace.batches:
        heading(f"Batches, in {trace.waves} waves")
        for read in trace.batches:
            line(f"{read.wave}  {read.milliseconds:8.2f} ms  {read.loader} ({read.keys} keys)")
    statements = context.statements or []
    if statements:
        heading(f"Statements: {len(statements)}")
        for statement in statements:
            text = shorten(statement.query, WIDTH, placeholder=" …")
            line(f"{statement.seconds * 1000:8.2f} ms  {text}")
    heading(f"Time: {milliseconds:.2f} ms")
    for step, spent in trace.timings.items():
        line(f"{spent:8.2f} ms  {step}")
