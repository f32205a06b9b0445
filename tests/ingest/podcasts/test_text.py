from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.podcasts.text import (
    MAX_TEXT,
    duration_ms,
    language,
    moment,
    number,
    one_line,
    plain_text,
)

AT_TEN = datetime(2020, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 24 Nov 2020 10:00:00 +0000",
        "Tue, 24 Nov 2020 10:00:00 GMT",
        "Tue, 24 Nov 2020 10:00:00 Z",
        "Tue, 24 Nov 2020 05:00:00 EST",
        "Tue, 24 Nov 2020 02:00:00 PST",
        "24 Nov 2020 11:00:00 +0100",
        "24 Nov 20 10:00 UT",
        "Mon, 24 Nov 2020 10:00:00 +0000",
        "Di, 24 Nov 2020 10:00:00 +0000",
        "Tue, 24 November 2020 10:00:00 GMT",
        "Tuesday, November 24, 2020 10:00:00 UTC",
        "Tue Nov 24 10:00:00 2020",
        "Tue Nov 24 10:00:00 UTC 2020",
        "2020-11-24T10:00:00Z",
        "2020-11-24T10:00:00.123Z",
        "2020-11-24T12:00:00+02:00",
        "2020-11-24T1000Z",
        "2020-11-24 10:00:00",
        "2020/11/24 10:00",
        "24.11.2020 10:00",
        "11/24/2020 10:00 AM",
        "  Tue, 24 Nov 2020  10:00:00   +0000\n",
        "1606212000",
        "1606212000000",
    ],
)
def test_dates_of_all_sorts(text: str) -> None:
    assert moment(text) == AT_TEN


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "10",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Tue, 31 Feb 2020 10:00:00 GMT",
        "Tue, 24 Nov 2020 25:61:00 GMT",
        "9" * 30,
        "x" * 10_000,
        "2020-11-24T10:00:00+99:99",
    ],
)
def test_what_is_no_date(text: str | None) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3723", 3723),
        ("3723.9", 3723),
        ("1:02:03", 3723),
        ("01:02:03", 3723),
        ("01:02:03.500", 3723),
        ("62:03", 3723),
        ("2:3", 123),
        ("00:00:07", 7),
        (" 45 ", 45),
        ("45s", 45),
        ("1h 2m 3s", 3723),
        ("1 hr 2 min", 3720),
        ("62 minutes", 3720),
        ("PT1H2M3S", 3723),
    ],
)
def test_durations_of_all_sorts(text: str, seconds: int) -> None:
    assert duration_ms(text) == seconds * 1000


@pytest.mark.parametrize(
    "text", [None, "", "0", "00:00:00", "-5", "abc", ":", "1:2:3:4:5", "9999999", "٣٤٥", "PT"]
)
def test_what_is_no_duration(text: str | None) -> None:
    assert duration_ms(text) is None


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("a &amp; b &lt;3", "a & b <3"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>a</li><li>b</ul>c", "• a\n• b\nc"),
        ("<b>bold</b> and <a href='javascript:x()'>link</a>", "bold and link"),
        ("<script>alert(1)</script>safe<style>p {}</style>", "safe"),
        ("<img src=x onerror=alert(1)>text", "text"),
        ("<div>\n  many\n   spaces </div>", "many spaces"),
        ("unclosed <b>tag", "unclosed tag"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<p>&eacute;&#233;&nbsp;x</p>", "éé x"),
        ("<!-- hidden -->seen", "seen"),
        ("日本語<br>です", "日本語\nです"),
        ("a\0b\x07c", "a b c"),
        ("", ""),
        (None, ""),
    ],
)
def test_html_is_read_as_a_person_reads_it(html: str | None, text: str) -> None:
    assert plain_text(html) == text


def test_a_title_is_one_line_without_markup() -> None:
    assert one_line(" Q&amp;A:\n <i>live</i> ") == "Q&A: live"


def test_long_texts_are_cut() -> None:
    assert len(plain_text("<p>" + "word " * 100_000)) == MAX_TEXT - 1


@given(st.text())
def test_any_text_becomes_plain(text: str) -> None:
    plain = plain_text(f"<p>{text}</p>")
    assert "\0" not in plain
    plain.encode()


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = moment(text)
    assert found is None or (found.tzinfo is UTC and found.microsecond == 0)


@given(st.from_regex(r"[0-9a-zA-Z:/+., -]{1,30}", fullmatch=True))
def test_what_looks_like_a_date_is_one_or_none(text: str) -> None:
    moment(text)
    duration_ms(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        ("zh_hant_TW", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("English", None),
        ("", None),
        (None, None),
    ],
)
def test_languages(text: str | None, tag: str | None) -> None:
    assert language(text) == tag


def test_numbers() -> None:
    assert number(" 12 ") == 12
    assert number("0") == 0
    assert [number(text) for text in (None, "", "1.5", "-1", "12345678", "२")] == [None] * 6
