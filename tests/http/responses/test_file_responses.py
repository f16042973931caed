"""Objects in storage over HTTP, through the application as the server runs it."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Response, get
from litestar.params import FromPath

from tests.http.apps import ask, assemble
from tests.infra.waiting import until
from tests.seaweed import Seaweed
from tests.support.descriptors import descriptors_of
from veza.app.services import Services
from veza.core.errors import NotFound
from veza.http.dependencies import AnyRequest
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.infra.storage.objects import Storage
from veza.infra.storage.stores import open_storage
from veza.server.limits import ConnectionLimits
from veza.server.server import make_server
from veza.server.sockets import bind

CONTENT = random.Random(2).randbytes(3_000_000)
TAG = '"5d41402a"'
PATH = "/api/v1/object/"


class ObjectNotFound(NotFound):
    """There is no such object."""

    code = "object_not_found"
    message = "There is no such object."


@get("/api/v1/object/{key:str}", credentials="ignored")
async def give_object(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
    metadata = FileMetadata(
        size=len(CONTENT),
        content_type="text/plain" if key == "text" else "audio/flac",
        etag=TAG.strip('"'),
        modified=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        cache_control="private, max-age=60",
    )

    async def count(first: int) -> None:
        request.app.state.firsts.append(first)

    stored = StoredFile(request.app.state.storage, key, ObjectNotFound, before_read=count)
    return await serve_object(request, metadata, stored)


@pytest.fixture(scope="module")
def object_app(services: Services) -> Any:
    return assemble(services, routes=[give_object])


@pytest.fixture
def state(object_app: Any) -> Any:
    state = object_app[0].state
    state.firsts = []
    return state


@pytest.fixture
def local(state: Any, tmp_path: Path) -> Iterator[Storage]:
    state.storage = open_storage(None, tmp_path)
    folder = tmp_path / "media"
    for name, content in {"long": CONTENT, "short": CONTENT[:9], "text": CONTENT}.items():
        (folder / name).write_bytes(content)
    (folder / "empty").touch()
    yield state.storage
    state.storage.close()


@pytest.fixture(params=["disk", "s3"])
async def either(request: pytest.FixtureRequest, state: Any, tmp_path: Path) -> Any:
    if request.param == "disk":
        yield request.getfixturevalue("local")
        return
    s3: Seaweed = request.getfixturevalue("s3")
    state.storage = open_storage(s3.url(f"tests/{uuid4()}"), tmp_path)
    await state.storage.put_new("long", CONTENT)
    yield state.storage
    state.storage.close()


@pytest.fixture
async def served(object_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application behind the real server, on a socket."""
    listener = bind("127.0.0.1", 0)
    limits = ConnectionLimits(total=0, per_address=0)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await object_app[1](scope, receive, send)

    server = make_server(app, listener, health_listener=None, limits=limits, drain_s=1)
    server.config.lifespan = "off"
    serving = asyncio.create_task(server.serve_sockets())
    await until(lambda: server.started)
    port = listener.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{PATH}") as client:
        yield client
    server.stop()
    await serving


@pytest.mark.long
@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("", 0, 2_999_999),
        ("bytes=0-", 0, 2_999_999),
        ("bytes=5-8", 5, 8),
        ("bytes=100-262243", 100, 262_243),
        ("bytes=100-262244", 100, 262_244),
        ("bytes=1048570-2097160", 1_048_570, 2_097_160),
        ("bytes=-1", 2_999_999, 2_999_999),
    ],
)
async def test_each_range_has_its_bytes_from_disk_and_from_s3(
    either: Storage, served: httpx.AsyncClient, wanted: str, first: int, last: int
) -> None:
    answer = await served.get("long", headers={"range": wanted} if wanted else {})

    assert answer.status_code == (206 if wanted else 200)
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["etag"] == TAG


@pytest.mark.parametrize("key", ["long", "text"])
async def test_files_that_are_not_cached_arrive_whole(
    local: Storage, served: httpx.AsyncClient, tmp_path: Path, key: str
) -> None:
    with (tmp_path / "media" / key).open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    for _ in range(2):
        assert (await served.get(key)).content == CONTENT


@pytest.mark.parametrize(("key", "size"), [("short", 9), ("empty", 0)])
async def test_the_length_is_that_of_the_opened_file(
    local: Storage, served: httpx.AsyncClient, key: str, size: int
) -> None:
    whole = await served.get(key)
    beyond = await served.get(key, headers={"range": "bytes=9-"})

    assert (whole.headers["content-length"], whole.content) == (str(size), CONTENT[:size])
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"


async def test_a_missing_file_is_the_error_of_its_domain(
    either: Storage, served: httpx.AsyncClient
) -> None:
    answer = await served.get("missing")

    assert answer.status_code == 404
    assert answer.json()["code"] == "object_not_found"


async def test_a_file_that_is_deleted_meanwhile_is_sent_to_its_end(
    local: Storage, served: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with served.stream("GET", "long") as answer:
        (tmp_path / "media" / "long").unlink()
        assert await answer.aread() == CONTENT


async def test_a_file_that_is_cut_meanwhile_ends_the_connection(
    local: Storage, state: Any, served: httpx.AsyncClient, tmp_path: Path, monkeypatch: Any
) -> None:
    original = state.storage.open

    async def open_and_cut(key: str) -> Any:
        opened = await original(key)
        os.truncate(tmp_path / "media" / key, 1_500_000)
        return opened

    monkeypatch.setattr(state.storage, "open", open_and_cut)
    with pytest.raises(httpx.RemoteProtocolError):
        await served.get("long")
    await until(lambda: descriptors_of(tmp_path) == [])


async def test_only_what_is_read_is_announced(
    either: Storage, state: Any, served: httpx.AsyncClient
) -> None:
    await served.head("long")
    await served.get("long", headers={"if-none-match": TAG})
    await served.get("long", headers={"range": "bytes=9999999-"})
    assert state.firsts == []

    await served.get("long", headers={"range": "bytes=7-9"})
    await served.get("long")
    assert state.firsts == [7, 0]


async def test_head_has_the_same_headers(local: Storage, served: httpx.AsyncClient) -> None:
    for headers in ({}, {"range": "bytes=0-99"}, {"range": "bytes=9999999-"}):
        whole = await served.get("long", headers=headers)
        head = await served.head("long", headers=headers)
        ignored = {"x-request-id", "date"}
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert {k: v for k, v in head.headers.items() if k not in ignored} == {
            k: v for k, v in whole.headers.items() if k not in ignored
        }


async def test_no_descriptor_stays_open(
    local: Storage, served: httpx.AsyncClient, tmp_path: Path
) -> None:
    for headers in (
        {},
        {"range": "bytes=0-9"},
        {"range": "bytes=9999999-"},
        {"if-none-match": "*"},
    ):
        await served.get("long", headers=headers)
        await served.head("long", headers=headers)
    async with served.stream("GET", "long"):
        assert len(descriptors_of(tmp_path)) <= 1
    await until(lambda: descriptors_of(tmp_path) == [])


async def test_a_short_part_is_one_message_also_without_the_extension(
    local: Storage, object_app: Any
) -> None:
    async def bodies(*headers: tuple[bytes, bytes]) -> list[bytes]:
        scope = {"path": f"{PATH}long", "headers": [(b"host", b"veza.test"), *headers]}
        sent = await ask(object_app[1], scope, [])
        return [message["body"] for message in sent if message["type"] == "http.response.body"]

    assert await bodies((b"range", b"bytes=9-262152")) == [CONTENT[9:262_153]]
    whole = await bodies()
    assert b"".join(whole) == CONTENT
    assert max(map(len, whole)) == 256 * 1024
