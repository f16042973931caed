"""API keys over HTTP: making, listing and revoking one's own."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import make
from veza.app.services import Services
from veza.core.access import Scope
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.auth.api_keys import rules

KEYS = "developer/api-keys"
FORM: dict[str, Any] = {"name": "Upload from the studio", "scopes": ["read", "write"]}


async def _create(client: httpx.AsyncClient, owner: make.Person, **changes: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, headers=owner.headers, json=FORM | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def _list(client: httpx.AsyncClient, owner: make.Person) -> list[dict[str, Any]]:
    answer = await client.get(KEYS, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["api_keys"]


async def _lets_in(client: httpx.AsyncClient, key: str) -> bool:
    answer = await client.get("users/me", headers={"X-API-Key": key})
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


async def test_a_new_key_authenticates_its_member(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    answer = await client.post(KEYS, headers=owner.headers, json=FORM)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()["data"]
    assert re.fullmatch(r"veza_sk_[A-Za-z0-9_-]{43}", made["key"])
    assert made["prefix"] == made["key"][:12]
    assert made["name"] == FORM["name"]
    assert made["scopes"] == ["read", "write"]
    assert made["expires_at"] is None
    assert made["last_used_at"] is None
    me = await client.get("users/me", headers={"X-API-Key": made["key"]})
    assert me.json()["data"]["id"] == str(owner.id)


async def test_the_secret_is_shown_once_and_not_stored(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    made = await _create(client, owner)
    listed = await _list(client, owner)

    assert listed == [{name: value for name, value in made.items() if name != "key"}]
    async with services.database.read() as conn:
        sql = "select row_to_json(k)::text from api_keys k where user_id = $1"
        stored = await conn.column(str, sql, owner.id)
    assert len(stored) == 1
    assert made["key"] not in stored[0]
    assert made["key"][12:] not in stored[0]


async def test_keys_are_listed_newest_first_and_each_to_its_member(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services), await make.person(services)
    assert await _list(client, owner) == []
    names = [(await _create(client, owner, name=name))["name"] for name in ("one", "two", "three")]
    await _create(client, other)

    assert [key["name"] for key in await _list(client, owner)] == names[::-1]


async def test_a_key_holds_until_it_expires(client: httpx.AsyncClient, services: Services) -> None:
    owner = await make.person(services)
    moment = now() + timedelta(days=7)
    made = await _create(client, owner, expires_at=moment.isoformat())
    assert made["expires_at"].endswith("Z")
    assert await _lets_in(client, made["key"])

    async with services.database.transaction() as tx:
        sql = "update api_keys set expires_at = now() - interval '1 ms' where id = $1"
        await tx.run(sql, UUID(made["id"]))

    assert not await _lets_in(client, made["key"])
    assert [key["id"] for key in await _list(client, owner)] == [made["id"]], "It is still there."


async def test_a_revoked_key_is_refused_and_not_listed(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    made, kept = await _create(client, owner), await _create(client, owner)

    answer = await client.delete(f"{KEYS}/{made['id']}", headers=owner.headers)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"id": made["id"]}
    assert not await _lets_in(client, made["key"])
    assert await _lets_in(client, kept["key"])
    assert [key["id"] for key in await _list(client, owner)] == [kept["id"]]


async def test_a_revoked_unknown_or_foreign_key_is_404(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner, other = await make.person(services), await make.person(services)
    revoked, others = await _create(client, owner), await _create(client, other)
    await client.delete(f"{KEYS}/{revoked['id']}", headers=owner.headers)

    for key_id in (revoked["id"], others["id"], new_id()):
        answer = await client.delete(f"{KEYS}/{key_id}", headers=owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")
    assert await _lets_in(client, others["key"])


WRONG: list[dict[str, Any]] = [
    {"name": ""},
    {"name": "x" * 101},
    {"name": 5},
    {"name": None},
    {"name": "a\0b"},
    {"scopes": []},
    {"scopes": ["admin"]},
    {"scopes": ["read", "admin"]},
    {"scopes": ["READ"]},
    {"scopes": "read"},
    {"scopes": None},
    {"scopes": ["read"] * 1000},
    {"expires_at": "2020-01-01T00:00:00Z"},
    {"expires_at": "2099-01-01T00:00:00"},
    {"expires_at": "2099-01-01"},
    {"expires_at": "tomorrow"},
    {"expires_at": 4_000_000_000},
    {"expires_at": "0001-01-01T00:00:00+14:00"},
    {"expires_at": "9999-12-31T23:59:59-14:00"},
]


@pytest.mark.parametrize("change", WRONG, ids=lambda change: str(change)[:40])
async def test_an_invalid_form_is_400_and_creates_no_key(
    client: httpx.AsyncClient, services: Services, change: dict[str, Any]
) -> None:
    owner = await make.person(services)
    answer = await client.post(KEYS, headers=owner.headers, json=FORM | change)

    assert answer.status_code == 400, answer.text
    assert await _list(client, owner) == []


async def test_values_at_the_limits_are_accepted(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    made = await _create(client, owner, name="é" * 100, scopes=["write", "write"])

    assert made["scopes"] == ["write"]
    assert (await _create(client, owner, expires_at="9999-12-31T23:59:59Z"))["expires_at"]
    assert (await _create(client, owner, name="x", expires_at=None))["name"] == "x"


async def test_without_name_or_scopes_no_key_is_made(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    for body in ({}, {"name": "x"}, {"scopes": ["read"]}, []):
        assert (await client.post(KEYS, headers=owner.headers, json=body)).status_code == 400


async def test_fifty_concurrent_requests_do_not_exceed_the_limit(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    async with services.database.transaction() as tx:
        for _ in range(rules.MAX_KEYS - 7):
            await make.key_in(tx, owner.id)

    answers = await asyncio.gather(
        *(client.post(KEYS, headers=owner.headers, json=FORM) for _ in range(50))
    )

    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(409)) == (7, 43)
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"too_many_keys"}
    assert len(await _list(client, owner)) == rules.MAX_KEYS


async def test_a_revoked_key_makes_room_for_another(
    client: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services)
    async with services.database.transaction() as tx:
        keys = [await make.key_in(tx, owner.id) for _ in range(rules.MAX_KEYS)]
    assert (await client.post(KEYS, headers=owner.headers, json=FORM)).status_code == 409

    await client.delete(f"{KEYS}/{keys[0].id}", headers=owner.headers)

    assert (await client.post(KEYS, headers=owner.headers, json=FORM)).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"), [("POST", KEYS), ("GET", KEYS), ("DELETE", f"{KEYS}/{'0' * 32}")]
)
async def test_a_key_cannot_manage_keys(
    client: httpx.AsyncClient, services: Services, method: str, path: str
) -> None:
    owner = await make.person(services)
    key = await make.key_headers(services, owner, *Scope)

    assert (await client.request(method, path)).status_code == 401
    answer = await client.request(method, path, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")
