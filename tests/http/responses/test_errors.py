"""Every failure has one shape, whoever refused the request."""

import errno
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody
from msgspec import Struct
from structlog.testing import capture_logs

from tests import make
from tests.http.apps import ask, assemble, calling
from veza.app.services import Services
from veza.core.access import Role
from veza.core.errors import Conflict, Invalid, TooManyRequests
from veza.domains.auth.sessions.models import AccessClaims
from veza.infra.postgres import database as db
from veza.infra.security.tokens import TokenSigner

SECRET_WORDS = "the password of the database is swordfish"
PROBLEM = "application/problem+json"


class Given(Struct, frozen=True):
    text: str
    number: int = 0


@get("/api/v1/crash", credentials="ignored")
async def crash() -> None:
    raise RuntimeError(SECRET_WORDS)


@get("/api/v1/crammed", credentials="ignored")
async def crammed() -> None:
    raise OSError(errno.ENOSPC, SECRET_WORDS)


@get("/api/v1/crowd", credentials="ignored")
async def crowd() -> None:
    raise TooManyRequests(retry_after=42)


@get("/api/v1/clash", credentials="ignored")
async def clash() -> None:
    raise Conflict


@post("/api/v1/echo", credentials="ignored")
async def echo(data: JSONBody[Given]) -> Given:
    return data


@pytest.fixture(scope="module")
def odd_app(services: Services) -> Any:
    return assemble(services, routes=[crash, crammed, crowd, clash, echo])[1]


@pytest.fixture
async def odd(odd_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(odd_app) as client:
        yield client


def ensure_failure(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Hold a failure against the contract's shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["success"] is False
    assert body["code"] == code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert len(body["error"]) > 10
    assert set(body) <= {"success", "error", "code", "request_id", "details"}
    return body


def fields_of(body: dict[str, Any]) -> list[str]:
    known = {"field", "message", "rule", "limit"}
    assert all({"field", "message"} <= set(fault) <= known for fault in body["details"])
    assert all(fault["message"] for fault in body["details"])
    return [fault["field"] for fault in body["details"]]


@pytest.mark.parametrize(
    "path", ["nowhere", "users/me/nowhere", "/nowhere", "/api/v2/health", "/api/v1"]
)
async def test_an_unknown_address_is_404(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        url = f"http://veza.test{path}" if path.startswith("/") else path
        ensure_failure(await client.request(method, url), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "users/me", "DELETE, GET, HEAD, PUT"),
        ("PATCH", "users/me", "DELETE, GET, HEAD, PUT"),
        ("GET", "auth/login", "POST"),
        ("HEAD", "auth/login", "POST"),
        ("DELETE", "health", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_405_and_says_which_are_right(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert answer.headers["allow"] == allowed
    if method != "HEAD":
        ensure_failure(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("users/me", "DELETE, GET, HEAD, PUT"),
        ("tracks", "GET, HEAD, POST"),
        ("auth/login", "POST"),
        ("health", "GET, HEAD"),
    ],
)
async def test_options_tells_every_method_of_an_address(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    answer = await client.options(path)

    assert (answer.status_code, answer.headers["allow"]) == (204, allowed)
    assert answer.content == b""
    assert "content-type" not in answer.headers


async def test_options_of_an_unknown_address_is_404(client: httpx.AsyncClient) -> None:
    ensure_failure(await client.options("nowhere"), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"not json",
        b'{"text": "a", "number": NaN}',
        b'{"text": "a", "number": Infinity}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800 alone"}',
        b'{"text": "\\udc00 alone"}',
        b'{"text": "a"} and more',
        b"\xef\xbb\xbf{",
        b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"[" * 500_000,
        b'{"text": "a", "number": ' + b"9" * 5000 + b"}",
        b'{"text": "a", "number": 1e9999}',
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
async def test_what_is_no_json_is_400(odd: httpx.AsyncClient, body: bytes) -> None:
    answer = await odd.post("echo", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400, answer.text
    found = answer.json()
    assert found["success"] is False
    assert found["code"] in {"bad_request", "invalid_input"}
    assert found["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["text"]),
        ({"text": 5}, ["text"]),
        ({"text": None}, ["text"]),
        ({"text": ["a"]}, ["text"]),
        ({"text": "a", "number": "one"}, ["number"]),
        ({"text": "a", "number": 1.5}, ["number"]),
        ({"text": "a", "number": True}, ["number"]),
        ({"text": "a", "number": {}}, ["number"]),
    ],
)
async def test_a_wrong_field_is_400_and_named(
    odd: httpx.AsyncClient, body: dict[str, Any], fields: list[str]
) -> None:
    refused = ensure_failure(await odd.post("echo", json=body), 400, "invalid_input")

    assert fields_of(refused) == fields


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true"])
async def test_json_that_is_no_object_is_400(odd: httpx.AsyncClient, body: str) -> None:
    answer = await odd.post("echo", content=body, headers={"content-type": "application/json"})

    assert ensure_failure(answer, 400, "invalid_input")["details"]


async def test_a_wrong_parameter_is_400_and_named(client: httpx.AsyncClient) -> None:
    for query in ("limit=0", "limit=101", "limit=-1", "limit=many", "limit=9" * 99):
        refused = ensure_failure(await client.get(f"tracks?{query}"), 400, "invalid_input")
        assert fields_of(refused) == ["limit"], query


async def test_without_a_token_it_is_401_with_a_challenge(client: httpx.AsyncClient) -> None:
    answer = await client.get("users/me")

    ensure_failure(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="veza"'


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Token abc", "abc"])
async def test_another_kind_of_authorization_is_401(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("users/me", headers={"authorization": header})

    ensure_failure(answer, 401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_an_expired_token_is_401_on_any_route(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    key = services.session_tokens.tokens._key
    expired = TokenSigner(key, audience="veza:access", lifetime=timedelta(seconds=-8))
    member = someone.member
    token = expired.sign(AccessClaims(member.id, member.session_id, Role.USER))

    for path in ("users/me", "tracks"):
        answer = await client.get(path, headers={"authorization": f"Bearer {token}"})
        ensure_failure(answer, 401, "invalid_token")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_the_wrong_role_is_403(client: httpx.AsyncClient, services: Services) -> None:
    someone = await make.person(services)

    answer = await client.post("tracks", headers=someone.headers, files={"file": b"x"})

    ensure_failure(answer, 403, "role_required")


async def test_a_conflict_is_409(odd: httpx.AsyncClient) -> None:
    ensure_failure(await odd.get("clash"), 409, "conflict")


async def test_a_body_over_the_limit_is_413(odd: httpx.AsyncClient, services: Services) -> None:
    limit = services.settings.body_max_bytes
    assert limit == 1024 * 1024
    fitting = b'{"text": "' + b"a" * (limit - 12) + b'"}'
    assert len(fitting) == limit

    headers = {"content-type": "application/json"}
    assert (await odd.post("echo", content=fitting, headers=headers)).status_code == 201
    answer = await odd.post("echo", content=fitting + b" ", headers=headers)
    ensure_failure(answer, 413, "body_too_large")


async def test_a_body_of_unknown_length_over_the_limit_is_413(odd: httpx.AsyncClient) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b"a" * 65_536

    headers = {"content-type": "application/json"}
    answer = await odd.post("echo", content=endless(), headers=headers)

    assert "content-length" not in answer.request.headers
    ensure_failure(answer, 413, "body_too_large")
    assert taken < 20, "The rest must not be read."


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "text/plain"},
        {"content-type": ""},
        {},
    ],
)
async def test_what_is_not_sent_as_json_is_415(
    odd: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await odd.post("echo", content=b'{"text": "a"}', headers=headers)

    ensure_failure(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "x/y+json"]
)
async def test_json_by_any_of_its_names_is_read(odd: httpx.AsyncClient, kind: str) -> None:
    answer = await odd.post("echo", content=b'{"text": "a"}', headers={"content-type": kind})

    assert answer.status_code == 201


async def test_too_many_requests_say_when_to_come_back(odd: httpx.AsyncClient) -> None:
    answer = await odd.get("crowd")

    ensure_failure(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "42"


async def test_without_a_database_it_is_503_and_says_when_to_come_back(
    services: Services,
) -> None:
    async with db.connect("postgresql://nobody@/none?host=/nowhere") as gone:
        app = assemble(msgspec.structs.replace(services, database=gone))[1]
        async with calling(app) as client:
            for path in ("users/somebody", "tracks"):
                answer = await client.get(path)
                ensure_failure(answer, 503, "database_unavailable")
                assert int(answer.headers["retry-after"]) > 0


async def test_a_crash_is_500_and_tells_nothing_of_the_inside(odd: httpx.AsyncClient) -> None:
    for accept in ("*/*", PROBLEM, "text/html"):
        answer = await odd.get("crash", headers={"accept": accept})

        if accept == PROBLEM:
            assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
        else:
            ensure_failure(answer, 500, "internal_error")
        for word in ("swordfish", "RuntimeError", "Traceback", ".py"):
            assert word not in answer.text


async def test_a_disk_that_is_full_is_507(odd: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        answer = await odd.get("crammed")

    assert "crash" not in {log["event"] for log in logs}
    ensure_failure(answer, 507, "out_of_space")
    assert "swordfish" not in answer.text


async def test_problem_json_is_given_to_those_who_accept_it(
    client: httpx.AsyncClient, odd: httpx.AsyncClient
) -> None:
    headers = {"accept": f"{PROBLEM}, application/json;q=0.5"}
    answers = [
        (await client.get("nowhere", headers=headers), 404, "not_found", "Not Found"),
        (await client.get("users/me", headers=headers), 401, "unauthenticated", "Unauthorized"),
        (await odd.post("echo", json={}, headers=headers), 400, "invalid_input", "Bad Request"),
        (await odd.get("crash", headers=headers), 500, "internal_error", "Internal Server Error"),
    ]

    for answer, status, code, title in answers:
        assert answer.headers["content-type"] == PROBLEM
        body = answer.json()
        assert (body["status"], answer.status_code) == (status, status)
        assert (body["code"], body["type"]) == (code, f"urn:veza:error:{code}")
        assert body["title"] == title
        assert len(body["detail"]) > 10
        assert body["request_id"] == answer.headers["x-request-id"]
    assert fields_of(answers[2][0].json()) == ["text"]


async def test_a_failure_is_not_cached(client: httpx.AsyncClient) -> None:
    assert (await client.get("nowhere")).headers["cache-control"] == "no-store"


async def test_a_client_that_leaves_in_mid_body_is_no_crash(odd_app: Any, capsys) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    scope = {"method": "POST", "path": "/api/v1/echo", "headers": headers}
    first = {"type": "http.request", "body": b'{"text": ', "more_body": True}

    await ask(odd_app, scope, [first, {"type": "http.disconnect"}])

    said = capsys.readouterr()
    assert "crash" not in said.out + said.err
    assert "status=400" in said.out


def test_a_refusal_says_its_own_words_or_those_of_its_kind() -> None:
    assert str(Invalid("No.")) == "No."
    assert str(Invalid()) == Invalid.message


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("tracks/42", ["track_id"]),
        ("tracks/0198c0de/comments", ["track_id"]),
        ("cloud/files/x/versions", ["file_id"]),
        ("tracks/0198c0de-0000-7000-8000-000000000001/nowhere", None),
        ("nowhere/42", None),
        ("users/42", None),
    ],
)
async def test_a_path_says_which_of_its_parts_is_no_id(
    client: httpx.AsyncClient, path: str, wrong: list[str] | None
) -> None:
    answer = await client.get(path)

    failure = answer.json()
    assert answer.status_code == 404
    assert (failure["code"] == "invalid_id") is (wrong is not None)
    assert wrong is None or [each["field"] for each in failure["details"]] == wrong


async def test_an_id_that_names_nothing_is_none_that_is_wrong(client: httpx.AsyncClient) -> None:
    answer = await client.get("tracks/0198c0de-0000-7000-8000-000000000001")

    assert (answer.status_code, answer.json()["code"]) == (404, "track_not_found")
