"""A server that stops answers what it can't finish as it answers any other refusal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
import pytest
from litestar import get
from structlog.testing import capture_logs

from tests import make
from tests.http.apps import assemble, calling
from tests.infra.waiting import until
from tests.make import Person
from tests.server.running import Running, answer_lifespan, read_to_end, run_server
from veza.app.services import Services

SIZE = 1_000_000
SENT = 300_000
_WRITERS = """
    select count(*)
      from resumable_uploads
     where owner_id = $1 and writer_id is not null
"""
_begun = asyncio.Event()

type Serve = Callable[[], AbstractAsyncContextManager[Running]]


@get("/api/v1/endless", credentials="ignored")
async def endless() -> None:
    _begun.set()
    await asyncio.Event().wait()


@pytest.fixture
def serve(services: Services) -> Serve:
    @asynccontextmanager
    async def serve() -> AsyncIterator[Running]:
        wrapped = assemble(services, routes=[endless])[1]

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                await answer_lifespan(receive, send)
            else:
                await wrapped(scope, receive, send)

        async with run_server(app) as running:
            yield running

    return serve


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services)


def _head(method: str, path: str, **headers: str) -> bytes:
    lines = [f"{method} /api/v1/{path} HTTP/1.1", "host: veza.test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _ensure_told(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 "), answer
    assert b"\r\nretry-after: 5\r\n" in head + b"\r\n"
    assert b"\r\ncontent-type: application/json" in head
    failure = msgspec.json.decode(body)
    assert (failure["success"], failure["code"]) == (False, "server_stopping")


async def test_an_upload_in_a_form_is_503_and_leaves_nothing(
    services: Services, serve: Serve, ann: Person
) -> None:
    start = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    head = _head(
        "POST",
        "cloud/files",
        authorization=ann.headers["Authorization"],
        content_type="multipart/form-data; boundary=b",
        content_length=str(SIZE),
    )
    count = "select count(*) from uploads where owner_id = $1"
    async with serve() as running:
        reader, writer = await running.open(head, start, bytes(SENT))
        await until(lambda: _has_rows(services, count, ann))
        running.server.stop()
        _ensure_told(await read_to_end(reader))
        writer.close()
    async with services.database.read() as conn:
        assert await conn.value(int, count, ann.id) == 0


async def _has_rows(services: Services, sql: str, ann: Person) -> bool:
    async with services.database.read() as conn:
        return bool(await conn.value(int, sql, ann.id))


async def test_a_resumable_upload_keeps_what_has_arrived(
    services: Services, serve: Serve, ann: Person
) -> None:
    tus = {"tus-resumable": "1.0.0"} | ann.headers
    purpose = "purpose Y2xvdWRfZmlsZQ==,filename YS5iaW4="
    wrapped = assemble(services)[1]
    async with calling(wrapped) as client:
        begin = tus | {"upload-length": str(SIZE), "upload-metadata": purpose}
        begun = await client.post("uploads", headers=begin)
        assert begun.status_code == 201, begun.text
        path = begun.headers["location"].partition("/api/v1/")[2]
        head = _head(
            "PATCH",
            path,
            authorization=ann.headers["Authorization"],
            content_type="application/offset+octet-stream",
            tus_resumable="1.0.0",
            upload_offset="0",
            content_length=str(SIZE),
        )
        async with serve() as running:
            reader, writer = await running.open(head, bytes(SENT))
            await until(lambda: _has_rows(services, _WRITERS, ann))
            running.server.stop()
            _ensure_told(await read_to_end(reader))
            writer.close()
        shown = await client.head(path, headers=tus)
    assert int(shown.headers["upload-offset"]) == SENT


async def test_a_request_that_takes_too_long_is_503_and_logged_with_its_code(serve: Serve) -> None:
    async with serve() as running:
        with capture_logs() as logs:
            reader, writer = await running.open(_head("GET", "endless"))
            await _begun.wait()
            running.server.stop()
            _ensure_told(await read_to_end(reader))
            writer.close()
    [line] = [log for log in logs if log["event"] == "request"]
    assert (line["status"], line["code"]) == (503, "server_stopping")
