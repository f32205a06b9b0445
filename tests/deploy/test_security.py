"""SECURITY.md claims nothing that no test holds."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
THREATS = re.findall(r"^\| (.+) \| (.+) \| (`.+`) \|$", TEXT, re.MULTILINE)


def test_each_threat_names_its_tests() -> None:
    assert len(THREATS) > 30
    for threat, _, tests in THREATS:
        assert re.fullmatch(r"`(make check|tests/[\w/]+\.py::test_\w+)`(, `\S+`)*", tests), threat


def test_the_tests_are_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", TEXT)
    assert len(named) > 50
    for path, test in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), f"{path}::{test}"


def test_the_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((docs/[^)]+)\)", TEXT):
        assert (ROOT / link).is_file(), link
