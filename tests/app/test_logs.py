import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.logs import JsonLines, TextLines
from app.redaction import Redactor
from resolvers.request_id import REQUEST_ID

logger = logging.getLogger("tonearm.tests")


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def handler(stream: io.StringIO) -> Iterator[logging.Handler]:
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_is_one_json_object(stream: io.StringIO, handler: logging.Handler) -> None:
    handler.setFormatter(JsonLines(Redactor(["open sesame"])))
    token = REQUEST_ID.set("abc-1")
    try:
        try:
            raise ValueError("said open sesame")
        except ValueError:
            logger.exception("two\nlines of %s", "open sesame", extra={"fields": {"status": 500}})
    finally:
        REQUEST_ID.reset(token)
    [line] = stream.getvalue().splitlines()
    fields = json.loads(line)
    assert fields["message"] == "two\nlines of [redacted]"
    assert fields["level"] == "error"
    assert fields["logger"] == "tonearm.tests"
    assert fields["requestId"] == "abc-1"
    assert fields["status"] == 500
    assert "ValueError: said [redacted]" in fields["error"]
    assert Path(__file__).name in fields["error"]


def test_text_names_the_request_and_shows_no_secret(
    stream: io.StringIO, handler: logging.Handler
) -> None:
    handler.setFormatter(TextLines(Redactor()))
    logger.warning("at %s", "s3://key:word-of-pass@host", extra={"fields": {"status": 503}})
    line = stream.getvalue()
    assert line.endswith("tonearm.tests: at s3://[redacted]@host status=503\n")


FORGED = "\n2026-11-24 12:00:00 INFO tonearm.auth: The administrator has signed in"


def test_what_somebody_sends_makes_no_line_of_its_own(
    stream: io.StringIO, handler: logging.Handler
) -> None:
    handler.setFormatter(TextLines(Redactor()))
    fields = {"path": f"/{FORGED}", "operation": "\x1b[2J\x9b2J\r\u2028"}
    try:
        raise ValueError(FORGED)
    except ValueError:
        logger.exception("It is called %s", FORGED, extra={"fields": fields})
    first, *others = stream.getvalue().removesuffix("\n").split("\n")
    assert first.count("has signed in") == 2
    assert "operation=\\x1b[2J\\x9b2J\\r\\u2028" in first
    assert others, "the traceback"
    assert all(line.startswith("    ") for line in others)
    assert not set(map(ord, "".join(others))) & {*range(32), *range(127, 160)}
