from pathlib import Path

import pytest

from app.aliases import read_aliases
from resolvers.errors import BadInput


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"Кино": ["Kino", "КИНО"], "周杰倫": "Jay Chou"}'),
        ("a.csv", "artist,alias\nКино,Kino\nКино,КИНО\n\n周杰倫,Jay Chou\n"),
        ("a.csv", "\ufeffКино,Kino\r\nКино,КИНО\r\n周杰倫,Jay Chou\r\n"),
    ],
)
def test_aliases_are_read(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert read_aliases(file) == {"Кино": ["Kino", "КИНО"], "周杰倫": ["Jay Chou"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[]"),
        ("a.json", b'{"a": 1}'),
        ("a.json", b'{"a": [1]}'),
        ("a.json", b"{"),
        ("a.csv", b"a,b,c\n"),
        ("a.csv", b"alone\n"),
        ("a.csv", b"\xff\xfe,b\n"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(BadInput, match=str(file)):
        read_aliases(file)
