"""Files that nginx or the object storage sends, after this server has decided who may have them."""

import asyncio
import os
import pwd
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Response, get
from litestar.params import FromPath
from msgspec import structs

from tests.architecture.source import ROOT
from tests.http.apps import assemble, calling
from tests.infra.waiting import until
from tests.journeys.served import free_port
from tests.seaweed import Seaweed
from veza.app.services import Services
from veza.core.errors import NotFound
from veza.core.filenames import attachment
from veza.http.dependencies import AnyRequest
from veza.http.responses.file_delivery import FileDelivery
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.infra.storage.buckets import Bucket, find_bucket
from veza.infra.storage.objects import Storage
from veza.infra.storage.presigned_urls import presign
from veza.infra.storage.stores import open_storage
from veza.server.limits import ConnectionLimits
from veza.server.server import make_server
from veza.server.sockets import bind

CONTENT = bytes(n * 11 % 251 for n in range(400_000))
LOCATION = "/veza-files/"
# Debian has it outside of the PATH of ordinary users.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="needs nginx")
NGINX_SNIPPET = ROOT / "deploy/nginx/files.conf"


class DeliveredNotFound(NotFound):
    """There is no such file."""

    code = "delivered_not_found"
    message = "There is no such file."


@get("/api/v1/delivered/{key:str}/{kind:str}", credentials="ignored")
async def deliver(request: AnyRequest, key: FromPath[str], kind: FromPath[str]) -> Response[Any]:
    metadata = FileMetadata(
        size=len(CONTENT),
        content_type="audio/flac",
        etag="5d41402a",
        modified=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
        cache_control="private, no-cache" if kind == "revocable" else "private, max-age=60",
        disposition=attachment("Für Elise.flac"),
        is_whole=kind == "whole",
    )

    async def count(_: int) -> None: ...

    stored = StoredFile(
        request.app.state.storage,
        f"a/{key}",
        DeliveredNotFound,
        before_read=count if kind == "counted" else None,
    )
    return await serve_object(request, metadata, stored)


@pytest.fixture(scope="module")
def delivering_app(services: Services) -> Any:
    return assemble(services, routes=[deliver])


@pytest.fixture
def state(delivering_app: Any) -> Iterator[Any]:
    state = delivering_app[0].state
    before = state.context
    yield state
    state.context = before


def _delegate(state: Any, **delivery: Any) -> None:
    state.context = structs.replace(state.context, file_delivery=FileDelivery(**delivery))


@pytest.fixture
def local(state: Any, tmp_path: Path) -> Iterator[Storage]:
    state.storage = open_storage(None, tmp_path)
    (tmp_path / "media/a").mkdir()
    (tmp_path / "media/a/song").write_bytes(CONTENT)
    yield state.storage
    state.storage.close()


@contextmanager
def _nginx(folder: Path, *, port: int, upstream: int) -> Iterator[None]:
    """Run nginx with the snippet that is shipped, in front of a server, as the same user."""
    assert NGINX is not None
    snippet = NGINX_SNIPPET.read_text().replace("/srv/veza/media/", f"{folder}/media/")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/nginx/{kind}; " for kind in kinds)
    configuration = folder / "nginx.conf"
    # The other user that nginx would change to can't read the folder of a test.
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx/pid; error_log stderr;\n"
        f"events {{}} http {{ access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port};\n"
        f"location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; }}\n"
        f"{snippet} }} }}\n"
    )
    (folder / "nginx").mkdir()
    process = subprocess.Popen([NGINX, "-c", configuration, "-p", folder])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def behind_nginx(
    delivering_app: Any, state: Any, local: Storage, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    _delegate(state, trusted_proxies=[ip_network("127.0.0.1")], accel_location=LOCATION)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await delivering_app[1](scope, receive, send)

    listener, port = bind("127.0.0.1", 0), free_port()
    limits = ConnectionLimits(total=0, per_address=0)
    server = make_server(app, listener, health_listener=None, limits=limits, drain_s=1)
    server.config.lifespan = "off"
    serving = asyncio.create_task(server.serve_sockets())
    url = f"http://127.0.0.1:{port}"
    with _nginx(tmp_path, port=port, upstream=listener.getsockname()[1]):
        async with httpx.AsyncClient(base_url=url) as client:

            async def answers() -> bool:
                try:
                    await client.get("/")
                except httpx.TransportError:
                    return False
                return True

            await until(answers)
            yield client
    server.stop()
    await serving


SONG = "/api/v1/delivered/song/plain"


@needs_nginx
async def test_nginx_sends_the_file_with_the_headers_of_this_server(
    behind_nginx: httpx.AsyncClient,
) -> None:
    whole = await behind_nginx.get(SONG, headers={"x-request-id": "the-id"})
    assert (whole.status_code, whole.content) == (200, CONTENT)
    expected = {
        "content-type": "audio/flac",
        "cache-control": "private, max-age=60",
        "content-disposition": attachment("Für Elise.flac"),
        "accept-ranges": "bytes",
        "vary": "Authorization, Cookie, X-API-Key, X-Veza-Profile",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "cross-origin",
        "x-request-id": "the-id",
        "content-length": str(len(CONTENT)),
    }
    assert {name: whole.headers[name] for name in expected} == expected
    assert whole.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert whole.headers["etag"] != '"5d41402a"', "nginx made it"
    assert "x-accel-redirect" not in whole.headers

    tag = {"if-none-match": whole.headers["etag"]}
    assert (await behind_nginx.get(SONG, headers=tag)).status_code == 304
    head = await behind_nginx.head(SONG)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(CONTENT)))


@needs_nginx
async def test_nginx_sends_ranges(behind_nginx: httpx.AsyncClient) -> None:
    part = await behind_nginx.get(SONG, headers={"range": "bytes=100-299"})
    beyond = await behind_nginx.get(SONG, headers={"range": "bytes=400000-"})

    assert (part.status_code, part.content) == (206, CONTENT[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(CONTENT)}"
    assert beyond.status_code == 416


@needs_nginx
async def test_nobody_gets_a_file_from_nginx_without_this_server(
    behind_nginx: httpx.AsyncClient, tmp_path: Path
) -> None:
    direct = await behind_nginx.get(f"{LOCATION}a/song")
    missing = await behind_nginx.get("/api/v1/delivered/missing/plain")

    assert direct.status_code == 404
    assert CONTENT[:100] not in direct.content
    assert (missing.status_code, missing.json()["code"]) == (404, "delivered_not_found")


@needs_nginx
@pytest.mark.parametrize("kind", ["whole", "counted"])
async def test_counted_downloads_are_sent_by_this_server(
    behind_nginx: httpx.AsyncClient, kind: str
) -> None:
    answer = await behind_nginx.get(f"/api/v1/delivered/song/{kind}")

    assert answer.content == CONTENT
    assert answer.headers["etag"] == '"5d41402a"'


@pytest.mark.parametrize(("peer", "is_delegated"), [("127.0.0.1", True), ("192.0.2.1", False)])
async def test_only_a_trusted_proxy_is_told_where_the_file_is(
    delivering_app: Any, state: Any, local: Storage, peer: str, is_delegated: bool
) -> None:
    _delegate(state, trusted_proxies=[ip_network("127.0.0.1")], accel_location=LOCATION)
    async with calling(delivering_app[1], peer=peer) as client:
        answer = await client.get("delivered/song/plain")

    assert answer.headers.get("x-accel-redirect") == (f"{LOCATION}a/song" if is_delegated else None)
    assert answer.content == (b"" if is_delegated else CONTENT)


@pytest.fixture
async def redirecting(
    delivering_app: Any, state: Any, s3: Seaweed, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    url = s3.url(f"tests/{uuid4()}")
    state.storage = open_storage(url, tmp_path)
    await state.storage.put_new("a/song", CONTENT)
    _delegate(state, bucket=find_bucket(url))
    async with calling(delivering_app[1]) as client:
        yield client
    state.storage.close()


async def test_s3_sends_the_file_with_its_type_and_name_for_a_short_time(
    redirecting: httpx.AsyncClient,
) -> None:
    redirect = await redirecting.get("delivered/song/plain")
    assert (redirect.status_code, redirect.content) == (302, b"")
    assert redirect.headers["cache-control"] == "no-store"
    url = redirect.headers["location"]
    assert "X-Amz-Expires=300&" in url

    async with httpx.AsyncClient() as client:
        part = await client.get(url, headers={"range": "bytes=100-299"})
        forged = await client.get(url.replace("audio%2Fflac", "text%2Fhtml"))
    assert (part.status_code, part.content) == (206, CONTENT[100:300])
    assert part.headers["content-type"] == "audio/flac"
    assert part.headers["content-disposition"] == attachment("Für Elise.flac")
    assert part.headers["cache-control"] == "private, max-age=60"
    assert forged.status_code == 403


@pytest.mark.parametrize("kind", ["revocable", "whole", "counted"])
async def test_files_that_may_be_taken_back_or_are_counted_are_not_redirected(
    redirecting: httpx.AsyncClient, kind: str
) -> None:
    answer = await redirecting.get(f"delivered/song/{kind}")
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_head_is_answered_here(redirecting: httpx.AsyncClient) -> None:
    answer = await redirecting.head("delivered/song/plain")
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(CONTENT)))


def test_a_url_names_its_object_and_its_time_and_signs_both() -> None:
    bucket = Bucket(
        endpoint="https://s3.amazonaws.com",
        name="examplebucket",
        prefix="",
        region="us-east-1",
        key_id="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        token="session",
    )
    at = datetime(2013, 5, 24, tzinfo=UTC)
    url = presign(bucket, "a b/test.txt", expires_s=86400, overrides={}, at=at)

    assert url.startswith("https://s3.amazonaws.com/examplebucket/a%20b/test.txt?X-Amz-Algorithm=")
    assert "X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-Security-Token=session&" in url
    assert presign(bucket, "a b/test.txt", expires_s=86401, overrides={}, at=at) != url
