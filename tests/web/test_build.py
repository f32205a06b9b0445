from pathlib import Path

from web.build import differences


def write(directory: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory


def test_equal_directories_have_no_differences(tmp_path: Path) -> None:
    files = {"a.html": b"a", "assets/b.js": b"b"}
    assert differences(write(tmp_path / "built", files), write(tmp_path / "kept", files)) == []


def test_each_file_that_differs_is_named_with_how(tmp_path: Path) -> None:
    built = write(tmp_path / "built", {"a.html": b"a", "assets/new.js": b"b", "same.css": b"c"})
    kept = write(tmp_path / "kept", {"a.html": b"A", "assets/old.js": b"b", "same.css": b"c"})
    assert differences(built, kept) == [
        "missing: assets/new.js",
        "left over: assets/old.js",
        "changed: a.html",
    ]
