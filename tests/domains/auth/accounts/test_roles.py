"""Roles: becoming a creator, role changes, and their effect on sessions."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import bearer, is_signed_in, open_client, refresh, sign_up
from tests.http.apps import assemble
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.sessions.models import AccessClaims
from veza.infra.postgres.database import Tx


async def _become_creator(client: httpx.AsyncClient, someone: dict[str, Any]) -> httpx.Response:
    return await client.post("users/me/creator", headers=bearer(someone["access_token"]))


async def _set_role(services: Services, someone: dict[str, Any], role: Role) -> None:
    async with services.database.transaction() as tx:
        await member_accounts.set_role(tx, UserId(UUID(someone["user"]["id"])), role)


def _role_in(services: Services, token: str) -> Role:
    return services.session_tokens.tokens.read(token, AccessClaims).role


async def test_any_member_may_become_a_creator_and_gets_new_tokens(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    answer = await _become_creator(client, someone)

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert set(data) == {"role", "access_token", "refresh_token", "expires_in"}
    assert data["role"] == "creator"
    assert _role_in(services, data["access_token"]) is Role.CREATOR
    again = (await refresh(client, data["refresh_token"])).json()["data"]
    assert _role_in(services, again["access_token"]) is Role.CREATOR
    me = await client.get("users/me", headers=bearer(data["access_token"]))
    assert me.json()["data"]["role"] == "creator"


async def test_becoming_a_creator_twice_is_the_same_as_once(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for _ in range(2):
        answer = await _become_creator(client, someone)
        assert answer.json()["data"]["role"] == "creator"


async def test_becoming_a_creator_replaces_the_refresh_token(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    data = (await _become_creator(client, someone)).json()["data"]

    assert (await refresh(client, someone["refresh_token"])).status_code == 401
    assert not await is_signed_in(client, data["access_token"]), "One of the two users is a thief."


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
async def test_a_higher_role_is_kept(
    client: httpx.AsyncClient, services: Services, role: Role
) -> None:
    someone = await sign_up(client)
    await _set_role(services, someone, role)
    data = (await _become_creator(client, someone)).json()["data"]

    assert data["role"] == role
    assert _role_in(services, data["access_token"]) is role


@pytest.fixture
async def strict(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A server on which an admin makes creators."""
    context = msgspec.structs.replace(services.login_context, creators_need_approval=True)
    changed = msgspec.structs.replace(services, login_context=context)
    async with open_client(changed, assemble(changed)[0]) as made:
        yield made


async def test_where_approval_is_needed_the_request_is_stored(
    strict: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(strict)
    moments = []
    for _ in range(2):
        answer = await _become_creator(strict, someone)
        assert (answer.status_code, answer.json()["code"]) == (403, "approval_needed")
        moments.append(await _wished_at(services, someone))

    assert moments[0] is not None
    assert moments[0] == moments[1], "The first wish counts."
    me = await strict.get("users/me", headers=bearer(someone["access_token"]))
    assert me.json()["data"]["role"] == "user"

    await _set_role(services, someone, Role.CREATOR)

    assert await _wished_at(services, someone) is None
    assert (await _become_creator(strict, someone)).json()["data"]["role"] == "creator"


LOWER = [
    (Role.ADMIN, Role.USER),
    (Role.ADMIN, Role.MODERATOR),
    (Role.MODERATOR, Role.CREATOR),
    (Role.CREATOR, Role.USER),
]
NOT_LOWER = [(Role.USER, Role.CREATOR), (Role.USER, Role.ADMIN), (Role.CREATOR, Role.CREATOR)]


@pytest.mark.parametrize(("old", "new"), LOWER)
async def test_a_lower_role_ends_the_sessions(
    client: httpx.AsyncClient, services: Services, old: Role, new: Role
) -> None:
    someone = await sign_up(client)
    await _set_role(services, someone, old)
    assert await is_signed_in(client, someone["access_token"])

    await _set_role(services, someone, new)

    assert not await is_signed_in(client, someone["access_token"])
    assert (await refresh(client, someone["refresh_token"])).status_code == 401


@pytest.mark.parametrize(("old", "new"), NOT_LOWER)
async def test_a_role_that_is_not_lower_counts_from_the_next_token(
    client: httpx.AsyncClient, services: Services, old: Role, new: Role
) -> None:
    someone = await sign_up(client)
    await _set_role(services, someone, old)
    await _set_role(services, someone, new)

    assert await is_signed_in(client, someone["access_token"])
    assert _role_in(services, someone["access_token"]) is Role.USER
    pair = (await refresh(client, someone["refresh_token"])).json()["data"]
    assert _role_in(services, pair["access_token"]) is new


async def test_setting_the_role_of_an_unknown_member_fails(tx: Tx) -> None:
    with pytest.raises(UserNotFound):
        await member_accounts.set_role(tx, UserId(new_id()), Role.ADMIN)


async def test_becoming_a_creator_needs_a_token(app: Litestar, client: httpx.AsyncClient) -> None:
    assert (await client.post("users/me/creator")).status_code == 401


async def _wished_at(services: Services, someone: dict[str, Any]) -> object:
    async with services.database.read() as conn:
        sql = "select creator_requested_at::text from users where id = $1"
        return await conn.value(str, sql, UUID(someone["user"]["id"]))
