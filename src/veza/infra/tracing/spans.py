"""The current span. Without an exporter there is none, and nothing is imported or stored.

The W3C `traceparent` of a span is stored with the events and jobs that it causes, so that one trace
leads from a request to all that follows from it.
"""

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

# Of the current span; empty outside of spans.
TRACEPARENT: ContextVar[str] = ContextVar("traceparent", default="")

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

type Attributes = Mapping[str, str | int]


class SpanType(StrEnum):
    """The kinds of work that spans measure."""

    REQUEST = "request"
    EVENT = "event"
    JOB = "job"


class Span(Protocol):
    """A span that has begun."""

    @property
    def traceparent(self) -> str:
        """The W3C header that names this span as the parent of others."""
        ...

    def end(self, name: str, attributes: Attributes, error: str = "") -> None:
        """End the span; with the type of an error it has failed."""
        ...


type StartSpan = Callable[[SpanType, str], Span]


class Tracing:
    """Holds the function that starts spans, or None if this process is not traced."""

    def __init__(self) -> None:
        self.start: StartSpan | None = None


TRACING = Tracing()


def start_span(kind: SpanType, parent: str = "") -> Span | None:
    """Start a span and make it the current one; return None where nothing is traced.

    Without a valid `parent` it is the first one of a trace.
    """
    if TRACING.start is None:
        return None
    span = TRACING.start(kind, parent if _TRACEPARENT.fullmatch(parent) else "")
    TRACEPARENT.set(span.traceparent)
    return span


@contextmanager
def tracing_work(kind: SpanType, name: str, parent: str | None) -> Generator[None]:
    """Trace what is done inside; an exception is noted and passed on."""
    former = TRACEPARENT.get()
    span = start_span(kind, parent or "")
    if span is None:
        yield
        return
    failure = ""
    try:
        yield
    except BaseException as error:
        failure = type(error).__name__
        raise
    finally:
        TRACEPARENT.set(former)
        span.end(f"{kind} {name}", {f"veza.{kind}": name}, failure)


def current_traceparent() -> str | None:
    """Return the `traceparent` of the current span, or None."""
    return TRACEPARENT.get() or None


def current_trace_id() -> str:
    """Return the id of the current trace; empty outside of spans."""
    return TRACEPARENT.get()[3:35]
