"""Logs: to standard error, one line each for machines, or as people read it in a terminal."""

import logging
import re
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from app.redaction import Redactor
from resolvers.request_id import REQUEST_ID

FIELDS: Final = "fields"
"""What `extra` of a log call gives as an object: fields beside the message."""


def configure_logging(
    level: str, log_format: Literal["text", "json"] = "text", secrets: Iterable[str] = ()
) -> None:
    """`secrets` are taken out of every line, beside all that looks like one."""
    redact = Redactor(secrets)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(redact) if log_format == "json" else TextLines(redact))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What they say at INFO (keys found, connections opened) is no one's business.
    for noisy in ("botocore", "aiobotocore", "aioboto3", "aiohttp"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message"}`, `requestId` within a request, `error` with its
    traceback, and the fields of the call."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        request_id = REQUEST_ID.get()
        if request_id is not None:
            line["requestId"] = request_id
        for name, value in getattr(record, FIELDS, {}).items():
            line[name] = self._redact(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._redact("".join(traceback.format_exception(record.exc_info[1])))
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _seen(text: str) -> str:
    """Text with its control characters written out: what somebody sends makes no line of its own
    and tells a terminal nothing."""
    return _UNSEEN.sub(lambda found: repr(found[0])[1:-1], text)


class TextLines(logging.Formatter):
    """The same for a terminal: the fields stand behind the message, a traceback below, indented."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        line = super().formatMessage(record)
        for name, value in getattr(record, FIELDS, {}).items():
            line += f" {name}={value}"
        request_id = REQUEST_ID.get()
        return _seen(line if request_id is None else f"{line} request={request_id}")

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return "\n".join(f"    {_seen(line)}" for line in super().formatException(ei).split("\n"))

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))
