"""Dashboard, alerts and runbooks speak of what there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, ProcessCollector

from app.jobs import Done, Job
from app.metrics import Process
from app.traffic import Traffic
from db.pool import Pool
from schema.schema import schema

ROOT = Path(__file__).parents[2]
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS: list[dict[str, Any]] = json.loads((ROOT / "deploy/grafana.json").read_text())["panels"]
OPERATIONS = (ROOT / "docs/operations.md").read_text()


class Signer:
    signed = 0


class PartsOfServices:
    """What metrics read of the services."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.signer = Signer()


async def do_nothing() -> Done:
    return {}


@pytest.fixture
def existing(pool: Pool) -> set[str]:
    """Names of series that a server has."""
    traffic = Traffic()
    traffic.ended("Mine", 200, 0.1, 1, ("INTERNAL",))
    traffic.pages[200] += 1
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    job = Job("rollup", 60, do_nothing)
    process = Process(traffic, PartsOfServices(pool), schema.executor, [job])  # type: ignore[arg-type]
    schema.executor.counters.unplanned["mutation"] += 0
    names = {"up"}
    for family in (*process.collect(), *registry.collect()):
        names |= {sample.name for sample in family.samples}
        if family.type == "counter":
            names.add(f"{family.name}_total")
    return names


def expressions() -> Iterator[str]:
    for rule in ALERTS:
        yield rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield target["expr"]


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:tonearm|process|python)_\w+|\bup\b", expression))


def test_dashboard_and_alerts_ask_for_metrics_that_exist(existing: set[str]) -> None:
    for expression in expressions():
        assert names_in(expression), expression
        assert names_in(expression) <= existing, expression


def test_every_metric_is_described(existing: set[str]) -> None:
    described = set(re.findall(r"`(tonearm_\w+)", OPERATIONS))
    shapes = ("_bucket", "_sum", "_count")
    for name in existing:
        if name.startswith("tonearm_") and not name.endswith(("_created", "_sum", "_count")):
            assert name.removesuffix("_bucket") in described, name
    assert described <= existing | {n.removesuffix(s) for n in existing for s in shapes}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    section = OPERATIONS.partition("## Runbooks")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (\w+)$", section, re.MULTILINE)) == {
        rule["alert"] for rule in ALERTS
    }
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_alerts_name_codes_that_exist() -> None:
    listed = (ROOT / "docs/reference/errors.md").read_text()
    for expression in expressions():
        for codes in re.findall(r'code=~?"([^"]+)"', expression):
            for code in codes.split("|"):
                assert f"`{code}`" in listed
