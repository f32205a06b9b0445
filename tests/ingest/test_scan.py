import os
from pathlib import Path

import pytest

from ingest.scan import FoundFile, NotMusic, NotRead, scan


def found(*paths: Path) -> list[str]:
    return [item.path.name for item in scan(paths) if isinstance(item, FoundFile)]


def test_walks_folders_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.mp3", "b/1.FLAC", "a/9.opus", "c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert found(tmp_path) == ["9.opus", "1.FLAC", "2.mp3", "c.wav"]


def test_hidden_and_other_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    for name in (".hidden/a.mp3", "._a.mp3", "notes.txt", "a.mp3"):
        (tmp_path / name).touch()
    assert found(tmp_path) == ["a.mp3"]
    assert sum(isinstance(item, NotMusic) for item in scan([tmp_path])) == 3


def test_file_named_itself_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "song.bin"
    path.write_bytes(b"123")
    [item] = scan([path])
    assert item == FoundFile(path, 3, path.stat().st_mtime_ns)


def test_link_to_a_parent_does_not_go_round(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.mp3").touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert found(tmp_path) == ["1.mp3"]


def test_overlapping_paths_give_each_folder_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.mp3").touch()
    assert found(tmp_path / "a", tmp_path) == ["1.mp3"]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    (tmp_path / "self.mp3").symlink_to(tmp_path / "self.mp3")
    os.mkfifo(tmp_path / "pipe")
    missing = tmp_path / "missing"
    items = list(scan([tmp_path, missing, tmp_path / "pipe"]))
    reasons = [(i.path.name, i.reason) for i in items if isinstance(i, NotRead)]
    assert [name for name, _ in reasons] == ["gone.mp3", "self.mp3", "missing", "pipe"]
    assert reasons[0][1] == "no such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folder_without_permission_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0)
    [item] = scan([tmp_path])
    assert item == NotRead(folder, "permission denied")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.mp3"
    with open(path, "wb"):  # noqa: PTH123 (pathlib takes no bytes)
        pass
    [item] = scan([tmp_path])
    assert os.fsencode(item.path) == path
