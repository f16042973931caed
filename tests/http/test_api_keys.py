"""What an API key opens: as far as its scopes reach, and never what is for those who signed in."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import make
from tests.architecture.source import ensure_none
from tests.calls import Call, list_calls
from tests.support.addresses import BASE_URL
from tests.support.references import list_codes, read_document
from veza.app.services import Services
from veza.core.access import Role, Scope
from veza.core.ids import new_id
from veza.domains.auth.accounts.service import member_accounts
from veza.http.security.authorization import scope_of

# What stands in a path is never reached: the gate comes first.
_FILLED = {"str": "somebody", "path": "master.m3u8", "int": "1"}


def _fill(path: str) -> str:
    """Put something into a path, wherever it has a name."""
    return re.sub(r"\{\w+:(\w+)\}", lambda found: _FILLED.get(found[1], str(new_id())), path)


_CALLS = [call for call in list_calls() if call.looks_at_credentials]
NEVER, READ, WRITE = (
    [call for call in _CALLS if scope_of(call.handler) is scope]
    for scope in (None, Scope.READ, Scope.WRITE)
)


async def _ask(client: httpx.AsyncClient, call: Call, headers: dict[str, str]) -> httpx.Response:
    url = f"{BASE_URL}{_fill(call.path)}"
    return await client.request(call.method, url, headers=headers)


def test_there_are_routes_of_each_kind() -> None:
    assert "POST /api/v1/developer/api-keys" in map(str, NEVER)
    assert "GET /api/v1/tracks" in map(str, READ)
    assert "POST /api/v1/tracks" in map(str, WRITE)


async def test_some_routes_no_key_ever_reaches(
    client: httpx.AsyncClient, services: Services
) -> None:
    key = await make.key_headers(services, await make.person(services, Role.ADMIN))

    refusals = [(call, await _ask(client, call, key)) for call in NEVER]

    ensure_none(_list_others(refusals, "key_not_allowed"))


@pytest.mark.parametrize(("calls", "scope"), [(READ, Scope.WRITE), (WRITE, Scope.READ)])
async def test_a_key_of_too_small_a_scope_is_refused(
    client: httpx.AsyncClient, services: Services, calls: list[Call], scope: Scope
) -> None:
    key = await make.key_headers(services, await make.person(services, Role.ADMIN), scope)

    refusals = [(call, await _ask(client, call, key)) for call in calls]

    ensure_none(_list_others(refusals, "insufficient_scope"))


def _list_others(answers: list[tuple[Call, httpx.Response]], code: str) -> Iterator[str]:
    """Yield each call that was not refused with a code."""
    for call, answer in answers:
        if answer.status_code != 403 or answer.json()["code"] != code:
            yield f"{call}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize(("calls", "scope"), [(READ, Scope.READ), (WRITE, Scope.WRITE)])
async def test_a_key_of_the_right_scope_passes_the_gate(
    client: httpx.AsyncClient, services: Services, calls: list[Call], scope: Scope
) -> None:
    refused: list[str] = []
    for call in calls:
        # Another one each time: some calls change what their caller may do.
        key = await make.key_headers(services, await make.person(services, Role.ADMIN), scope)
        answer = await _ask(client, call, key)
        if answer.status_code in {401, 403}:
            refused.append(f"{call}: {answer.status_code} {answer.text}")

    ensure_none(refused)


async def test_a_bad_key_is_401_wherever_credentials_count(
    client: httpx.AsyncClient, services: Services
) -> None:
    for path in ("users/me", "tracks", "developer/api-keys", "csrf-token"):
        for key in ("", "bad", "veza_sk_" + "A" * 43):
            answer = await client.get(path, headers={"X-API-Key": key})
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_bad_key_is_no_matter_where_credentials_are_ignored(
    client: httpx.AsyncClient,
) -> None:
    bad = {"X-API-Key": "bad"}
    assert (await client.get("health", headers=bad)).status_code == 200
    assert (await client.post("auth/logout", headers=bad)).status_code == 200


async def test_a_token_and_a_key_of_different_members_are_400(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services), await make.person(services)
    key = await make.key_headers(services, owner)

    answer = await client.get("users/me", headers=other.headers | key)

    assert (answer.status_code, answer.json()["code"]) == (400, "two_credentials")


async def test_a_token_and_a_key_of_one_member_act_as_the_token(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    both = owner.headers | await make.key_headers(services, owner, Scope.READ)

    assert (await client.get("users/me", headers=both)).json()["data"]["id"] == str(owner.id)
    assert (await client.get("developer/api-keys", headers=both)).status_code == 200
    changed = await client.put("users/me", json={"bio": "Both."}, headers=both)
    assert changed.status_code == 200, changed.text


async def test_a_token_and_a_key_of_which_one_is_wrong_are_401(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    key = await make.key_headers(services, owner)
    for headers, code in (
        ({"Authorization": "Bearer bad"} | key, "invalid_token"),
        ({"Authorization": "Basic YTpi"} | key, "unauthenticated"),
        (owner.headers | {"X-API-Key": "bad"}, "invalid_api_key"),
        (owner.headers | {"X-API-Key": ""}, "invalid_api_key"),
    ):
        answer = await client.get("users/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_one_credential_in_both_headers_is_what_it_is(
    client: httpx.AsyncClient, services: Services
) -> None:
    """Generated clients put it into each header that the document names."""
    owner = await make.person(services)
    key = (await make.key_headers(services, owner, Scope.READ))["X-API-Key"]
    for text, may_list_keys in ((owner.token, 200), (key, 403)):
        both = {"Authorization": f"Bearer {text}", "X-API-Key": text}
        assert (await client.get("users/me", headers=both)).json()["data"]["id"] == str(owner.id)
        assert (await client.get("developer/api-keys", headers=both)).status_code == may_list_keys


async def test_a_key_counts_before_a_cookie_and_needs_no_csrf_token(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services), await make.person(services)
    headers = await make.key_headers(services, owner) | {"Cookie": f"veza_access={other.token}"}
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, other.member, "Liked by a program")

    me = await client.get("users/me", headers=headers)
    like = await client.post(f"tracks/{track_id}/like", headers=headers)

    assert me.json()["data"]["id"] == str(owner.id)
    assert like.status_code == 200, like.text
    async with services.database.read() as conn:
        likers = await conn.column(
            str, "select user_id::text from track_likes where track_id = $1", track_id
        )
    assert likers == [str(owner.id)]


async def test_a_key_sees_what_its_member_sees(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    key = await make.key_headers(services, owner, Scope.READ)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, "Secret", visibility="private")

    assert (await client.get(f"tracks/{track_id}", headers=key)).status_code == 200
    assert (await client.get(f"tracks/{track_id}")).status_code == 404


async def test_a_key_loses_with_its_members_role_at_once(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    key = await make.key_headers(services, owner)
    before = await client.post("tracks", headers=key)
    async with services.database.transaction() as tx:
        await member_accounts.set_role(tx, owner.id, Role.USER)
    after = await client.post("tracks", headers=key)

    assert before.status_code not in {401, 403}
    assert (after.status_code, after.json()["code"]) == (403, "role_required")
    assert (await client.get("users/me", headers=key)).json()["data"]["role"] == "user"


async def test_a_key_of_a_suspended_member_lets_nobody_in(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    key = await make.key_headers(services, owner)
    async with services.database.transaction() as tx:
        sql = "update users set suspended_at = now(), suspension_reason = 'spam' where id = $1"
        await tx.run(sql, owner.id)

    for path in ("users/me", "tracks"):
        answer = await client.get(path, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


async def test_a_key_holds_though_all_sessions_end(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    key = await make.key_headers(services, owner)
    assert (await client.post("sessions/logout-all", headers=owner.headers)).status_code == 200

    assert (await client.get("users/me", headers=key)).status_code == 200


async def test_the_document_tells_how_a_key_is_sent_and_which_scope_it_needs() -> None:
    document = read_document()
    schemes: dict[str, Any] = document["components"]["securitySchemes"]
    paths = document["paths"]

    assert schemes["api_key"] == {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    assert {"api_key": ["write"]} in paths["/api/v1/tracks"]["post"]["security"]
    assert {"api_key": ["read"]} in paths["/api/v1/tracks"]["get"]["security"]
    assert "`read` for\n`GET`, and `write` for all else" in document["info"]["description"]
    never = paths["/api/v1/developer/api-keys"]["get"]
    assert all("api_key" not in way for way in never["security"])
    assert "key_not_allowed" in list_codes(never["responses"]["403"])
