"""How the service writes its log: as text, or as a JSON object a line. Each line of a request has the request's id."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from typing_extensions import override

LogFormat: TypeAlias = Literal["text", "json"]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is served; empty outside of one. Threads that work for a request inherit it."""

TEXT_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"

_STANDARD_FIELDS = frozenset({*vars(logging.makeLogRecord({})), "asctime", "color_message", "message", "request_id"})


def add_request_id(record: logging.LogRecord) -> bool:
    """A filter of a handler: the record gets the id of its request as `request_id`, or "-"."""
    record.request_id = REQUEST_ID.get() or "-"
    return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, `request_id`, the fields of `extra`, and `exception`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            fields["request_id"] = request_id
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


def log_handler(log_format: LogFormat) -> logging.Handler:
    """A handler that writes such lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else logging.Formatter(TEXT_FORMAT))
    handler.addFilter(add_request_id)
    return handler
