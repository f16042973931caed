"""Sends spans by OTLP over HTTP. Imported only where an endpoint is configured.

The SDK reads its own settings from `OTEL_*` variables: endpoint, headers, service name, sampler and
the limits of its queue. Spans that do not fit into the queue are dropped.
"""

from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan

from veza.infra.tracing.spans import TRACING, Attributes, SpanType

_KINDS = {
    SpanType.REQUEST: SpanKind.SERVER,
    SpanType.EVENT: SpanKind.CONSUMER,
    SpanType.JOB: SpanKind.CONSUMER,
}


class ExportedSpan:
    """A span of the SDK."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """The W3C header that names this span as the parent of others."""
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def end(self, name: str, attributes: Attributes, error: str = "") -> None:
        """End the span; with the type of an error it has failed."""
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if error:
            # The type alone: messages may hold personal data.
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def start_exporter(process: str, version: str) -> Callable[[], None]:
    """Send the spans of this process; return the function that sends the rest and stops."""
    own = {"service.name": "veza", "service.version": version, "veza.process": process}
    # Later ones win: the name that `OTEL_SERVICE_NAME` sets.
    resource = Resource(own).merge(Resource.create())
    provider = TracerProvider(resource=_named(resource, own), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("veza", version)

    def start(kind: SpanType, parent: str) -> ExportedSpan:
        return ExportedSpan(_start(tracer, kind, parent))

    def stop() -> None:
        TRACING.start = None
        provider.shutdown()

    TRACING.start = start
    return stop


def _named(resource: Resource, own: dict[str, str]) -> Resource:
    """Return the resource with our name, where no variable gives another one."""
    name = str(resource.attributes.get("service.name", ""))
    return resource.merge(Resource(own)) if name.startswith("unknown_service") else resource


def _start(tracer: Tracer, kind: SpanType, parent: str) -> SdkSpan:
    context = None
    if parent:
        trace_id, span_id, flags = (int(part, 16) for part in parent.split("-")[1:])
        remote = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
        context = set_span_in_context(NonRecordingSpan(remote))
    return tracer.start_span(kind.value, context=context, kind=_KINDS[kind])
