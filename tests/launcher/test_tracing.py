"""Traces: sent by OTLP to a real receiver, from a request to the last job that it caused."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from structlog.testing import capture_logs

from tests import make
from tests.make import PASSWORD
from tests.make.delivery import delivered
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.ids import new_id
from veza.infra.tracing.spans import TRACING, current_traceparent
from veza.launcher.tracing import tracing


class Receiver:
    """A collector that keeps what it is sent."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        received = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{made.server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


async def _register(client: httpx.AsyncClient, **headers: str) -> None:
    name = f"traced_{new_id().hex[-12:]}"
    form = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
    answer = await client.post("auth/register", json=form, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_one_trace_leads_from_a_request_over_its_event_to_the_job(
    client: httpx.AsyncClient, services: Services, receiver: Receiver
) -> None:
    await delivered(services)
    async with tracing("http"):
        with capture_logs() as logs:
            await _register(client)
        await delivered(services)
        await run_until_empty(services)

    [request] = [span for span in receiver.spans if span.name == "POST /api/v1/auth/register"]
    trace = [span for span in receiver.spans if span.trace_id == request.trace_id]
    [event] = [span for span in trace if span.name == "event UserRegistered"]
    [job] = [span for span in trace if span.name == "job SendMail"]
    assert (request.parent_span_id, event.parent_span_id) == (b"", request.span_id)
    assert job.parent_span_id == event.span_id
    attributes = {each.key: each.value.int_value for each in request.attributes}
    assert attributes["http.response.status_code"] == 201
    [line] = [log for log in logs if log["event"] == "request"]
    assert line["trace_id"] == request.trace_id.hex()


async def test_changes_of_one_statement_and_of_a_transaction_pass_their_trace_on(
    client: httpx.AsyncClient, services: Services, receiver: Receiver
) -> None:
    author = await make.person(services)
    async with tracing("http"):
        # The first change of a member is a transaction: nothing of them is in the audit log yet.
        for content in ("First", "Second"):
            answer = await client.post(
                "social/posts", headers=author.headers, json={"content": content}
            )
            assert answer.status_code == 201, answer.text

    sql = "select traceparent from outbox where payload ->> 'author_id' = $1"
    async with services.database.read() as conn:
        stored = await conn.column(str, sql, str(author.id))
    spans = [span for span in receiver.spans if span.name == "POST /api/v1/social/posts"]
    expected = [f"{span.trace_id.hex()}-{span.span_id.hex()}" for span in spans]
    assert sorted(text[3:52] for text in stored) == sorted(expected)
    assert len(stored) == 2


async def test_a_client_cannot_continue_a_trace(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    async with tracing("http"):
        await client.get("healthz", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})

    [span] = receiver.spans
    assert span.trace_id != bytes.fromhex("a" * 32)
    assert span.parent_span_id == b""


async def test_without_an_endpoint_nothing_is_traced(client: httpx.AsyncClient) -> None:
    async with tracing("http"):
        assert TRACING.start is None
        with capture_logs() as logs:
            await client.get("healthz")
        assert current_traceparent() is None

    [line] = [log for log in logs if log["event"] == "request"]
    assert "trace_id" not in line
