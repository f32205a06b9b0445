"""Titles, lyrics and show notes are what strangers wrote: pages show them as text and no other way.

Preact escapes what it is given; these are the ways around it.
"""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "web" / "src"
PAGES = sorted(
    path
    for folder in ("player", "upload")
    for path in (SOURCES / folder).rglob("*.ts*")
    if path.suffix in (".ts", ".tsx")
)
AROUND = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    r"|srcdoc|\beval\(|new Function\(|setHTMLUnsafe|javascript:|localStorage\.\w+\([^)]*[tT]oken"
)


def test_there_are_pages() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_makes_no_markup_of_text(path: Path) -> None:
    found = AROUND.search(path.read_text(encoding="utf-8"))
    assert found is None, found
