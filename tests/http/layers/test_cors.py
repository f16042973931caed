"""Which origins a browser lets read our answers, and which with cookies."""

from typing import Any

import msgspec
import pytest
from litestar import Response, get

from tests.http.apps import assemble, calling
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.core.ids import new_id

HERE, ELSEWHERE = "https://app.example.com", "https://evil.example.com"


@get("/api/v1/kept", credentials="ignored")
async def say_kept() -> Response[bytes]:
    return Response(b"", headers={"vary": "Authorization, Cookie"})


def app_for(services: Services, *origins: str) -> Any:
    settings = msgspec.structs.replace(services.settings, cors_origins=list(origins))
    return assemble(services, settings, [say_kept])[1]


async def test_a_named_origin_may_call_with_credentials(services: Services) -> None:
    app = app_for(services, HERE)
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
    app = app_for(services, HERE)
    async with calling(app) as client:
        asked = {"origin": ELSEWHERE, "access-control-request-method": "PUT"}
        preflight = await client.options("users/me", headers=asked)
        answer = await client.get("users/me", headers={"origin": ELSEWHERE})

    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        ELSEWHERE,
        "null",
        "",
        "*",
        f"{HERE}.evil.example.com",
        f"{HERE}:8443",
        "http://app.example.com",
        "https://aXapp.example.com",
        f"{HERE}, {ELSEWHERE}",
        "é",
    ],
)
async def test_an_origin_is_named_only_as_a_whole(services: Services, origin: str) -> None:
    async with calling(app_for(services, HERE)) as client:
        private = await client.get("users/me", headers=[("origin", origin.encode())])
        public = await client.get("health", headers=[("origin", origin.encode())])

    assert "access-control-allow-origin" not in private.headers
    assert public.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in public.headers


async def test_a_cache_is_told_that_answers_differ_by_origin(services: Services) -> None:
    async with calling(app_for(services, HERE, "https://other.example.com")) as client:
        for headers in ({}, {"origin": HERE}, {"origin": ELSEWHERE}):
            answer = await client.get("kept", headers=headers)
            assert answer.headers.get_list("vary") == ["Authorization, Cookie", "Origin"]


async def test_an_origin_that_may_not_call_is_told_the_methods_like_anybody(
    services: Services,
) -> None:
    async with calling(app_for(services, HERE)) as client:
        asked = {"origin": ELSEWHERE, "access-control-request-method": "PUT"}
        preflight = await client.options("users/me", headers=asked)

    assert preflight.status_code == 204
    assert preflight.headers["allow"] == "DELETE, GET, HEAD, PUT"
    assert "access-control-allow-methods" not in preflight.headers


async def test_options_that_is_no_question_of_a_browser_is_answered_as_ever(
    services: Services,
) -> None:
    async with calling(app_for(services, HERE)) as client:
        answer = await client.options("users/me", headers={"origin": HERE})

    assert answer.headers["allow"] == "DELETE, GET, HEAD, PUT"
    assert answer.headers["access-control-allow-origin"] == HERE


async def test_any_origin_may_call_where_a_star_says_so_but_without_cookies(
    services: Services,
) -> None:
    app = app_for(services, "*")
    async with calling(app) as client:
        answer = await client.get("health", headers={"origin": ELSEWHERE})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_with_a_star_every_answer_says_so_whoever_asks(services: Services) -> None:
    """A cache may give to a browser what it got for a program."""
    async with calling(app_for(services, "*")) as client:
        answer = await client.get("health")
        asked = {"origin": ELSEWHERE, "access-control-request-method": "PUT"}
        preflight = await client.options("users/me", headers=asked)

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "vary" not in answer.headers
    assert preflight.status_code == 204
    assert preflight.headers.get_list("access-control-allow-origin") == ["*"]
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()


async def test_without_the_setting_no_origin_may_call_what_is_a_members(
    services: Services,
) -> None:
    async with calling(app_for(services)) as client:
        for path, method in (
            *(("users/me", "GET"), ("users/me", "PUT"), ("tracks", "POST"), ("nowhere", "GET")),
            # Callers on this machine, or with a cookie, are told more.
            *(("metrics", "GET"), ("csrf-token", "GET"), ("/rest/ping.view", "GET")),
        ):
            asked = {"origin": HERE, "access-control-request-method": method}
            url = path if path[0] != "/" else f"{BASE_URL}{path}"
            preflight = await client.options(url, headers=asked)
            answer = await client.request(method, url, headers={"origin": HERE})
            for given in (preflight, answer):
                assert "access-control-allow-origin" not in given.headers, path
                assert "access-control-allow-methods" not in given.headers, path
                assert "origin" not in given.headers.get("vary", "").lower(), path


@pytest.mark.long
@pytest.mark.parametrize("origins", [(), (HERE,)])
@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/tracks", "/api/v1/tracks/{id}", "/api/v1/tracks/{id}/hls/master.m3u8"),
        *("/api/v1/search", "/feeds/artists/nobody", "/oembed", "/openapi.json"),
        *("/swagger/openapi.json", "/.well-known/gpc.json", "/api/v1/healthz"),
    ],
)
async def test_any_origin_may_read_what_is_public(
    services: Services, path: str, origins: tuple[str, ...]
) -> None:
    """A refusal too, and what a cache got for a program."""
    url = path.format(id=new_id())
    async with calling(app_for(services, *origins), path="/") as client:
        wanted = {"access-control-request-method": "GET", "access-control-request-headers": "range"}
        preflight = await client.options(url, headers={"origin": ELSEWHERE} | wanted)
        answers = [
            await client.request(method, url, headers=headers)
            for method in ("GET", "HEAD")
            for headers in ({}, {"origin": ELSEWHERE}, {"origin": ELSEWHERE, "range": "bytes=0-"})
        ]

    for answer in (preflight, *answers):
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "etag" in answer.headers["access-control-expose-headers"].lower()
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD"
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert "range" in allowed
    assert not {"authorization", "x-api-key", "cookie"} & set(allowed.split(", "))
