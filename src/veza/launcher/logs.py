"""Logs on standard error: JSON in production, one readable line for each event elsewhere."""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from msgspec import UNSET, Struct, UnsetType, structs
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

from veza.app.settings.settings import Settings
from veza.infra.logs.log_buffer import LogBuffer
from veza.infra.logs.request_lines import REQUEST_LINES, RequestLine, add_request_id

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_DIM = "\x1b[2m"
_encoder = msgspec.json.Encoder()
# By the first digit of the status: green, cyan, yellow, red. 0 is a request without an answer.
_STATUS_COLORS = {2: "\x1b[32m", 3: "\x1b[36m", 4: "\x1b[33m", 5: "\x1b[31m", 0: "\x1b[31m"}


class DevelopmentRenderer:
    """Renders requests as one compact line, and other events as `structlog` does."""

    def __init__(self, *, has_colors: bool) -> None:
        self._has_colors = has_colors
        self._render_other = structlog.dev.ConsoleRenderer(
            colors=has_colors, exception_formatter=structlog.dev.plain_traceback
        )

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        """Return the line of an event."""
        if event.get("event") != "request" or "bytes" not in event:
            return str(self._render_other(logger, name, event))
        return self._render_request(event)

    def encode_request(self, line: RequestLine) -> bytes:
        """Return the line of a request."""
        event = structs.asdict(line) | {"timestamp": _now_text()}
        return f"{self._render_request(event)}\n".encode()

    def _render_request(self, event: EventDict) -> str:
        status = int(event["status"])
        return " ".join(
            (
                self._paint(_DIM, str(event["timestamp"])[11:19]),
                self._paint(_BOLD, f"{event['method']:<7}"),
                self._paint(_STATUS_COLORS.get(status // 100, ""), f"{status:>3}"),
                f"{event['ms']:>8.1f} ms",
                f"{format_size(event['bytes']):>8}",
                " ".join(filter(None, (event["path"], event.get("code")))),
                # The end of the id: ids of the same moment have the same beginning.
                self._paint(_DIM, str(event.get("request_id", ""))[-8:]),
            )
        )

    def _paint(self, color: str, text: str) -> str:
        return f"{color}{text}{_RESET}" if self._has_colors and color else text


class LineLogger:
    """The logger below structlog: writes rendered events to the buffer, at once."""

    def __init__(self, buffer: LogBuffer) -> None:
        self._buffer = buffer

    def msg(self, message: str) -> None:
        """Write a line."""
        self._buffer.write(message.encode(errors="backslashreplace") + b"\n")

    debug = info = warning = error = critical = exception = msg


class _RequestEvent(Struct, frozen=True):
    """The JSON of a request, as `structlog` would write it."""

    method: str
    route: str
    status: int
    ms: float
    request_id: str
    event: str
    level: str
    timestamp: str
    code: str | UnsetType = UNSET
    trace_id: str | UnsetType = UNSET


def encode_request(line: RequestLine) -> bytes:
    """Return the JSON line of a request."""
    event = _RequestEvent(
        line.method,
        line.route,
        line.status,
        line.ms,
        line.request_id,
        "request",
        "info",
        _now_text(),
        line.code,
        line.trace_id,
    )
    return _encoder.encode(event) + b"\n"


def configure_logs(settings: Settings) -> None:
    """Set up logging for this process.

    The lines of requests are written in blocks, see `http.log_buffer`; all others at once.
    """
    level = getattr(logging, settings.log_level.upper())
    buffer = LogBuffer(sys.stderr.buffer)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.is_production:
        last: list[structlog.typing.Processor] = [
            # Without the values of variables, which may be passwords or tokens.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
        render: Callable[[RequestLine], bytes] = encode_request
    else:
        renderer = DevelopmentRenderer(has_colors=sys.stderr.isatty())
        last = [renderer]
        render = renderer.encode_request
    is_shown = level <= logging.INFO
    REQUEST_LINES.write_to((lambda line: buffer.add(render(line))) if is_shown else None)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: LineLogger(buffer),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module; only their warnings are shown.
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", force=True)


def format_size(size: int) -> str:
    """Format a number of bytes: `812 B`, `1.2 kB`, `34.0 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _now_text() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _to_json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
