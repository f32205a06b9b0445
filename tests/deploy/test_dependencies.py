"""What Tonearm is made of: nothing that is not pinned by its hash, nothing with a licence that an
Apache-2.0 project cannot ship.

Whether a pin has a known weakness only services on the network can tell: `make audit` asks them.
"""

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-embedded.lock", "requirements-dev.lock")
NPM_LOCKS = (
    "web/package-lock.json",
    "tests/protocol/package-lock.json",
    "benchmarks/graphql/peers/package-lock.json",
)

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC-BY-4.0",  # data about browsers, which only a build reads
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
}
"""Their text goes along, and that is all they ask for."""

BY_FILE = {"MPL-2.0"}
"""Changes to their own files must be given away; we change none."""

ALLOWED = PERMISSIVE | BY_FILE

WRITTEN = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD",
    "Dual License": "BSD",  # python-dateutil: Apache-2.0 or BSD
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""How packages write a licence that do not yet say it by SPDX."""


def requirements(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock file, with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        requirement, *hashes = re.split(r"\s+--hash=", line)
        yield Requirement(requirement), hashes


def npm_packages(lock: str) -> dict[str, Any]:
    locked = json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]
    return {name: package for name, package in locked.items() if name}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_is_pinned_by_its_hash(lock: str) -> None:
    found = list(requirements(lock))
    assert len(found) > 30
    for requirement, hashes in found:
        assert requirement.url is None, requirement
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes), requirement


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_every_npm_package_is_pinned_by_its_hash(lock: str) -> None:
    for name, package in npm_packages(lock).items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, "it would name where it came from"
        assert not package.get("link"), name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_host_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|index-url|find-links", text)


def licences(expression: str) -> set[str]:
    """All that an expression of SPDX names; that one may choose has not mattered yet."""
    return set(re.findall(r"[A-Za-z0-9][\w.+-]*", expression)) - {"AND", "OR"} or {"none"}


def licence_of(package: str) -> str:
    """As SPDX writes it."""
    about = metadata.metadata(package)
    for expression in about.get_all("License-Expression") or ():
        return str(expression)
    for text in about.get_all("License") or ():
        if text.strip() and "\n" not in text.strip():
            return WRITTEN.get(str(text).strip(), str(text).strip())
    named = [
        each.rpartition(" :: ")[2]
        for each in about.get_all("Classifier") or ()
        if each.startswith("License :: OSI Approved :: ")
    ]
    return " AND ".join(WRITTEN.get(each, each) for each in named)


def test_every_python_package_has_a_licence_that_we_may_use() -> None:
    for requirement, _ in requirements("requirements-dev.lock"):
        if requirement.marker is None or requirement.marker.evaluate():
            licence = licence_of(requirement.name)
            assert licences(licence) <= ALLOWED, (requirement.name, licence)


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_every_npm_package_has_a_licence_that_we_may_use(lock: str) -> None:
    for name, package in npm_packages(lock).items():
        licence = package.get("license", "none")
        assert licences(licence) <= ALLOWED, (name, licence)
