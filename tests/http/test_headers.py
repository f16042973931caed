"""What every answer carries: request id, security headers; HEAD, compression, CORS."""

import gzip
from collections.abc import AsyncIterator
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
from veza.app.services import Services
from veza.app.settings import Environment, Settings

SECURITY = {
    "content-security-policy": "default-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
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


ROUTES = [crash, say_much, say_little, say_tagged, sound, stream]


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


async def test_security_headers_are_on_every_answer(odd: httpx.AsyncClient) -> None:
    answers = [
        (await odd.get("health"), 200),
        (await odd.get("nowhere"), 404),
        (await odd.delete("health"), 405),
        (await odd.get("users/me"), 401),
        (await odd.post("auth/login", json=[]), 400),
        (await odd.get("crash"), 500),
        (await odd.head("health"), 200),
        (await odd.options("health"), 204),
    ]

    for answer, status in answers:
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
        assert "permissions-policy" in answer.headers
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


async def test_only_production_asks_for_https_ever_after(services: Services) -> None:
    for env in Environment:
        app = assemble(services, settings_with(services, env=env))[1]
        async with calling(app) as client:
            for path in ("health", "nowhere"):
                found = (await client.get(path)).headers.get("strict-transport-security")
                assert (found is not None) is (env is Environment.PRODUCTION)


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


HERE, ELSEWHERE = "https://app.example.com", "https://evil.example.com"


async def test_a_named_origin_may_call_with_credentials(services: Services) -> None:
    app = assemble(services, settings_with(services, cors_origins=[HERE]))[1]
    async with calling(app) as client:
        preflight = await client.options(
            "users/me",
            headers={
                "origin": HERE,
                "access-control-request-method": "PUT",
                "access-control-request-headers": "authorization, content-type, x-csrf-token",
            },
        )
        assert preflight.status_code in {200, 204}
        assert preflight.headers["access-control-allow-origin"] == HERE
        assert preflight.headers["access-control-allow-credentials"] == "true"
        assert "PUT" in preflight.headers["access-control-allow-methods"]
        assert "x-csrf-token" in preflight.headers["access-control-allow-headers"].lower()

        for path in ("health", "users/me", "nowhere"):
            answer = await client.get(path, headers={"origin": HERE})
            assert answer.headers["access-control-allow-origin"] == HERE, path
            assert "origin" in answer.headers["vary"].lower()
            assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


async def test_another_origin_gets_no_leave(services: Services) -> None:
    app = assemble(services, settings_with(services, cors_origins=[HERE]))[1]
    async with calling(app) as client:
        asked = {"origin": ELSEWHERE, "access-control-request-method": "PUT"}
        preflight = await client.options("users/me", headers=asked)
        answer = await client.get("health", headers={"origin": ELSEWHERE})

    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_any_origin_may_call_where_a_star_says_so_but_without_cookies(
    services: Services,
) -> None:
    app = assemble(services, settings_with(services, cors_origins=["*"]))[1]
    async with calling(app) as client:
        answer = await client.get("health", headers={"origin": ELSEWHERE})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_without_the_setting_no_origin_may_call(odd: httpx.AsyncClient) -> None:
    asked = {"origin": HERE, "access-control-request-method": "GET"}
    preflight = await odd.options("health", headers=asked)

    assert "access-control-allow-origin" not in preflight.headers
    answer = await odd.get("health", headers={"origin": HERE})
    assert "access-control-allow-origin" not in answer.headers


async def _raw(app: Any, path: str, accepted: str) -> tuple[bytes, dict[str, str]]:
    """Ask without a client that unpacks what it gets."""
    async with (
        calling(app, path="/") as client,
        client.stream("GET", path, headers={"accept-encoding": accepted}) as answer,
    ):
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
        return body, dict(answer.headers)
