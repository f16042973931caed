"""Logs on standard error: JSON in production, one readable line for each event elsewhere."""

import logging
import sys
from typing import Any

import msgspec
import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

from veza.app.settings import Settings

_RESET, _BOLD, _DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"
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
        status = int(event["status"])
        return " ".join(
            (
                self._paint(_DIM, str(event["timestamp"])[11:19]),
                self._paint(_BOLD, f"{event['method']:<7}"),
                self._paint(_STATUS_COLORS.get(status // 100, ""), f"{status:>3}"),
                f"{event['ms']:>8.1f} ms",
                f"{format_size(event['bytes']):>8}",
                event["path"],
                # The end of the id: ids of the same moment have the same beginning.
                self._paint(_DIM, str(event.get("request_id", ""))[-8:]),
            )
        )

    def _paint(self, color: str, text: str) -> str:
        return f"{color}{text}{_RESET}" if self._has_colors and color else text


def configure_logs(settings: Settings) -> None:
    """Set up logging for this process."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.is_production:
        last: list[structlog.typing.Processor] = [
            # Without the values of variables, which may be passwords or tokens.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
    else:
        last = [DevelopmentRenderer(has_colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard module; only their warnings are shown.
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", force=True)


def format_size(size: int) -> str:
    """Format a number of bytes: `812 B`, `1.2 kB`, `34.0 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _to_json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
