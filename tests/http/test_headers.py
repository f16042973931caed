"""What every answer carries: request id, security headers; HEAD, compression, no caches."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import zstandard
from litestar import Response, get
from litestar.response import Stream

from tests import make
from tests.http.apps import assemble, calling
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.http.asgi_scope import MAX_PARSED, list_offers
from veza.http.dependencies import AnyRequest
from veza.http.layers.rate_limits import VALIDATIONS_PER_MINUTE
from veza.http.responses.ranges import FileMetadata, serve_file

SECURITY = {
    "content-security-policy": "default-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-resource-policy": "cross-origin",
}
# Whatever the bytes are, a browser must not run them on our origin.
FILE_POLICY = "sandbox; " + SECURITY["content-security-policy"]
SAID = {"words": "la " * 600}


@get("/api/v1/crash", credentials="ignored")
async def crash() -> None:
    raise RuntimeError


@get("/api/v1/said", credentials="ignored")
async def say_much() -> dict[str, str]:
    return SAID


@get("/api/v1/short", credentials="ignored")
async def say_little() -> dict[str, str]:
    return {"words": "la"}


@get("/api/v1/tagged", credentials="ignored")
async def say_tagged() -> Response[bytes]:
    return Response(b"<svg/>" * 500, media_type="image/svg+xml", headers={"etag": '"abc"'})


@get("/api/v1/audio", credentials="ignored")
async def sound() -> Response[bytes]:
    return Response(b"\0" * 5000, media_type="audio/flac")


@get("/api/v1/streamed", credentials="ignored")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"la " * 200

    return Stream(chunks(), media_type="text/plain")


@get("/api/v1/file", credentials="ignored")
async def file(request: AnyRequest) -> Response[Any]:
    async def read(first: int, last: int) -> AsyncIterator[bytes]:
        yield b"ten bytes."[first : last + 1]

    modified = datetime(2026, 1, 1, tzinfo=UTC)
    facts = FileMetadata(10, "audio/flac", "abc", modified, "public, max-age=60")
    return await serve_file(request, facts, read)


ROUTES = [crash, say_much, say_little, say_tagged, sound, stream, file]
HERE = "https://app.example.com"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def odd_app(services: Services) -> Any:
    return assemble(services, routes=ROUTES)[1]


@pytest.fixture
async def odd(odd_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(odd_app) as client:
        yield client


def settings_with(services: Services, **changes: Any) -> Settings:
    return msgspec.structs.replace(services.settings, **changes)


@pytest.mark.parametrize("sent", ["abc", "a" * 128, "trace:1/2.3_4-5+6=", str(UUID(int=5))])
async def test_a_sane_request_id_is_taken(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.get("nowhere", headers={"x-request-id": sent})

    assert answer.headers["x-request-id"] == sent
    assert answer.json()["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["", "a" * 129, "a b", "a\tb", 'a"b', "é", "<script>", "a;b", "a,b"]
)
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.get("nowhere", headers=[("x-request-id", sent.encode())])

    assert UUID(answer.headers["x-request-id"]).version == 7
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_each_request_has_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("health")).headers["x-request-id"] for _ in range(5)}

    assert len(ids) == 5


async def _answers(odd: httpx.AsyncClient, token: dict[str, str]) -> dict[str, httpx.Response]:
    """An answer of every kind, made by every layer."""
    tag = {"if-none-match": '"abc"'}
    question = {"origin": HERE, "access-control-request-method": "PUT"}
    return {
        "200": await odd.get("health"),
        "200 signed in": await odd.get("users/me", headers=token),
        "200 of a stream": await odd.get("streamed"),
        "204 of OPTIONS": await odd.options("health"),
        "204 of a preflight": await odd.options("users/me", headers=question),
        "206": await odd.get("file", headers={"range": "bytes=0-1"}),
        "304": await odd.get("file", headers=tag),
        "400": await odd.post("auth/login", json=[]),
        "400 unreadable": await odd.post("auth/login", content=b"{", headers=JSON),
        "401": await odd.get("users/me"),
        "403": await odd.post("auth/login", json={}, headers={"sec-fetch-site": "cross-site"}),
        "404": await odd.get("nowhere"),
        "404 at the root": await odd.get(f"{BASE_URL}/nowhere"),
        "405": await odd.delete("health"),
        "413": await odd.post("auth/login", content=b" " * 2_000_000, headers=JSON),
        "415": await odd.post("auth/login", content=b"x", headers={"content-type": "text/plain"}),
        "416": await odd.get("file", headers={"range": "bytes=99-"}),
        "429": await _refused(odd),
        "500": await odd.get("crash"),
        "200 of HEAD": await odd.head("health"),
        "404 of HEAD": await odd.head("nowhere"),
    }


async def _refused(odd: httpx.AsyncClient) -> httpx.Response:
    for _ in range(VALIDATIONS_PER_MINUTE):
        await odd.post("validate", json={})
    return await odd.post("validate", json={})


@pytest.mark.parametrize("env", Environment)
async def test_security_headers_are_on_every_answer(services: Services, env: Environment) -> None:
    settings = settings_with(services, env=env, cors_origins=[HERE])
    someone = await make.person(services)
    # An address for each, that nobody has asked from before.
    peer = f"192.0.2.{list(Environment).index(env) + 100}"
    async with calling(assemble(services, settings, ROUTES)[1], peer=peer) as odd:
        answers = await _answers(odd, someone.headers)

    for kind, answer in answers.items():
        assert answer.status_code == int(kind.partition(" ")[0]), (kind, answer.text)
        given = {name: answer.headers.get_list(name) for name in SECURITY}
        policy = FILE_POLICY if kind in {"206", "304"} else SECURITY["content-security-policy"]
        wanted = SECURITY | {"content-security-policy": policy}
        assert given == {name: [value] for name, value in wanted.items()}, kind
        hsts = answer.headers.get("strict-transport-security")
        expected = "max-age=31536000; includeSubDomains" if env is Environment.PRODUCTION else None
        assert hsts == expected, kind
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert "server" not in answer.headers


async def test_the_api_page_may_run_its_own_files_and_nothing_else(odd: httpx.AsyncClient) -> None:
    page = await odd.get(f"{BASE_URL}/swagger")
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in page.headers["content-security-policy"].split(";")
    )

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "openapi.json"):
        answer = await odd.get(f"{BASE_URL}/swagger/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == SECURITY["content-security-policy"]


@pytest.mark.parametrize(
    "credentials",
    [
        {"authorization": "Bearer x"},
        {"cookie": "veza_access=x"},
        {"cookie": "veza_refresh=x"},
        {"x-api-key": "veza_sk_x"},
    ],
)
async def test_no_cache_keeps_an_answer_to_somebody_in_particular(
    odd: httpx.AsyncClient, credentials: dict[str, str]
) -> None:
    for path in ("short", "streamed", "csrf-token"):
        answer = await odd.get(path, headers=credentials)
        assert answer.headers.get_list("cache-control") == ["no-store"], path

    # Without credentials it may be kept, but not used without asking.
    assert (await odd.get("short")).headers.get_list("cache-control") == ["no-cache"]


async def test_an_answer_that_says_how_it_may_be_kept_is_left_alone(
    odd: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    for path, policy in (("file", "public, max-age=60"), ("readyz", "no-store")):
        answer = await odd.get(path, headers=someone.headers)
        assert answer.headers.get_list("cache-control") == [policy]


async def test_what_a_member_is_shown_is_kept_by_no_cache(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    for method, path in (("GET", "users/me"), ("HEAD", "users/me"), ("GET", "tracks")):
        answer = await client.request(method, path, headers=someone.headers)
        assert answer.headers.get_list("cache-control") == ["no-store"]


async def test_head_has_the_headers_of_get_and_no_body(
    odd: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    paths = [
        "health",
        "readyz",
        "tracks?limit=1",
        "users/me",
        f"users/{someone.username}",
        "csrf-token",
        "nowhere",
        "users/nobody-at-all",
        "http://veza.test/swagger/openapi.json",
        "http://veza.test/health",
    ]
    for path in paths:
        wanted = await odd.get(path, headers=someone.headers)
        answer = await odd.head(path, headers=someone.headers)

        assert answer.status_code == wanted.status_code
        assert answer.content == b""
        assert set(answer.headers) == set(wanted.headers), path
        for name in ("content-type", "content-length", "content-encoding", "allow"):
            assert answer.headers.get(name) == wanted.headers.get(name), (path, name)


async def test_head_without_a_token_is_401_like_get(client: httpx.AsyncClient) -> None:
    assert (await client.head("users/me")).status_code == 401


def test_of_a_list_only_the_beginning_is_parsed() -> None:
    line = (b"accept-encoding", b"," * MAX_PARSED + b"gzip")
    assert list_offers({"headers": [line] * 100}, b"accept-encoding") == [b""] * (MAX_PARSED + 1)
    assert list_offers({"headers": []}, b"accept-encoding") == []
    assert list_offers({"headers": [(b"te", b"a"), (b"te", b"b , c")]}, b"te") == [b"a", b"b", b"c"]


ENCODINGS = {
    "zstd": "zstd",
    "gzip": "gzip",
    "gzip, deflate, br, zstd": "zstd",
    "gzip;q=0.8, zstd;q=0.1": "zstd",
    "GZIP": "gzip",
    "gzip;q=0": None,
    "zstd;q=0, gzip": "gzip",
    "zstd; q=0.000, gzip ; q=0.5": "gzip",
    "gzip;q=nonsense": None,
    "br": None,
    "identity": None,
    "": None,
}


@pytest.mark.parametrize(("accepted", "expected"), ENCODINGS.items())
async def test_long_text_is_compressed_as_the_client_takes_it(
    odd_app: Any, accepted: str, expected: str | None
) -> None:
    body, headers = await _raw(odd_app, "/api/v1/said", accepted)

    assert headers.get("content-encoding") == expected
    unpack = {None: bytes, "gzip": gzip.decompress, "zstd": zstandard.decompress}[expected]
    assert msgspec.json.decode(unpack(body)) == {"success": True, "data": SAID}
    assert headers["content-length"] == str(len(body))
    assert headers["vary"] == "Accept-Encoding", "A cache must know, compressed or not."
    assert (len(body) < 200) is (expected is not None)


async def test_short_text_is_not_compressed(odd: httpx.AsyncClient) -> None:
    answer = await odd.get("short", headers={"accept-encoding": "gzip, zstd"})

    assert "content-encoding" not in answer.headers


async def test_audio_is_never_compressed(odd: httpx.AsyncClient) -> None:
    answer = await odd.get("audio", headers={"accept-encoding": "gzip, zstd"})

    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
    assert answer.content == b"\0" * 5000


async def test_a_stream_passes_as_it_comes(odd: httpx.AsyncClient) -> None:
    answer = await odd.get("streamed", headers={"accept-encoding": "gzip, zstd"})

    assert "content-encoding" not in answer.headers
    assert answer.content == b"la " * 2000


async def test_a_tag_of_the_plain_bytes_becomes_weak_when_compressed(
    odd: httpx.AsyncClient,
) -> None:
    plain = await odd.get("tagged", headers={"accept-encoding": "identity"})
    packed = await odd.get("tagged", headers={"accept-encoding": "gzip"})

    assert plain.headers["etag"] == '"abc"'
    assert packed.headers["etag"] == 'W/"abc"'
    assert packed.headers["content-encoding"] == "gzip"


async def _raw(app: Any, path: str, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Ask without a client that unpacks what it gets."""
    async with (
        calling(app, path="/") as client,
        client.stream("GET", path, headers={"accept-encoding": accepted}) as answer,
    ):
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
        return body, dict(answer.headers)
