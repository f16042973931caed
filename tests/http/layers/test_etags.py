"""Strong ETags and 304: of JSON without credentials, for each coding its own."""

import msgspec
import pytest
from litestar import Response, get, post
from litestar.types import ASGIApp

from tests.http.apps import assemble, calling
from tests.support.references import spelled_out
from veza.app.services import Services
from veza.http.layers.etags import has_tag

_BIG = ["the same words again"] * 100
_STATE = {"number": 0}


@get("/api/v1/listed", credentials="ignored")
async def _listed() -> list[str]:
    return [*_BIG, str(_STATE["number"])]


@get("/api/v1/little", credentials="ignored")
async def _little() -> dict[str, int]:
    return {"number": 1}


@get("/api/v1/personal", credentials="ignored")
async def _personal() -> Response[bytes]:
    headers = {"cache-control": "no-store"}
    return Response(b"{}", media_type="application/json", headers=headers)


@post("/api/v1/written", credentials="ignored", status_code=200)
async def _written() -> dict[str, int]:
    return {"number": 1}


@pytest.fixture
def served(services: Services) -> ASGIApp:
    return assemble(services, routes=(_listed, _little, _personal, _written))[1]


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("path", ["listed", "little"])
async def test_a_known_body_is_not_sent_again(served: ASGIApp, path: str, coding: str) -> None:
    headers = {"accept-encoding": coding}
    async with calling(served) as client:
        first = await client.get(path, headers=headers)
        again = await client.get(path, headers=headers | {"if-none-match": first.headers["etag"]})

    assert first.status_code == 200
    assert first.headers["etag"].startswith('"')
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert not {name for name in again.headers if name.startswith("content-")} - {
        "content-security-policy"
    }
    # What the 200 said of caching, the 304 says too (RFC 9110, 15.4.5).
    for name in ("etag", "cache-control", "vary", "x-frame-options"):
        assert again.headers.get(name) == first.headers.get(name)
    assert ("vary" in first.headers) is (path == "listed")


async def test_each_coding_has_a_tag_of_its_own(served: ASGIApp) -> None:
    async with calling(served) as client:
        answers = [
            await client.get("listed", headers={"accept-encoding": coding})
            for coding in ("identity", "gzip", "zstd")
        ]
        other = await client.get(
            "listed",
            headers={"accept-encoding": "gzip", "if-none-match": answers[2].headers["etag"]},
        )

    assert len({answer.headers["etag"] for answer in answers}) == 3
    assert len({answer.content for answer in answers}) == 1
    assert other.status_code == 200


async def test_a_body_that_changed_is_sent(served: ASGIApp) -> None:
    async with calling(served) as client:
        first = await client.get("listed")
        _STATE["number"] += 1
        again = await client.get("listed", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


async def test_head_is_answered_as_get(served: ASGIApp) -> None:
    async with calling(served) as client:
        first = await client.get("listed")
        head = await client.head("listed")
        again = await client.head("listed", headers={"if-none-match": first.headers["etag"]})

    assert head.headers["etag"] == first.headers["etag"]
    assert (head.status_code, head.content) == (200, b"")
    assert again.status_code == 304


@pytest.mark.parametrize(
    "credentials", [{"authorization": "Bearer x"}, {"x-api-key": "x"}, {"cookie": "a=b"}]
)
async def test_with_credentials_there_is_no_tag_and_nothing_is_kept(
    served: ASGIApp, credentials: dict[str, str]
) -> None:
    async with calling(served) as client:
        tag = (await client.get("listed")).headers["etag"]
        answer = await client.get("listed", headers=credentials | {"if-none-match": tag})

    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_errors_changes_and_what_may_not_be_kept_have_no_tag(served: ASGIApp) -> None:
    async with calling(served) as client:
        answers = [
            await client.get("nowhere"),
            await client.post("written"),
            await client.get("personal"),
        ]

    assert [answer.status_code for answer in answers] == [404, 200, 200]
    assert not any("etag" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("condition", "has_it"),
    [
        (None, False),
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", "a"', True),
        (b"*", True),
        (b'"b"', False),
        (b"a", False),
        (b"", False),
    ],
)
def test_if_none_match_is_compared_weakly(condition: bytes | None, *, has_it: bool) -> None:
    assert has_tag(condition, b'"a"') is has_it


async def test_the_document_promises_the_tag_where_it_is_sent(services: Services) -> None:
    async with calling(assemble(services)[1], path="/") as client:
        answer = await client.get("swagger/openapi.json")
    document = spelled_out(msgspec.json.decode(answer.content))

    public, private = document["paths"]["/api/v1/tracks"], document["paths"]["/api/v1/sessions"]
    assert {"200", "304"} <= public["get"]["responses"].keys()
    assert "200 without" in public["get"]["responses"]["304"]["headers"]["ETag"]["description"]
    assert "304" not in private["get"]["responses"]
