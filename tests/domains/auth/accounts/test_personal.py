"""Personal data of accounts: export and erasure."""

import httpx

from tests import make
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    registration,
    sign_in,
    sign_up,
)
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import queries
from veza.domains.auth.sessions.models import AccessClaims
from veza.infra.postgres.database import Tx


async def test_the_export_contains_the_account(tx: Tx) -> None:
    member, name = await make.member_in(tx)
    await make.member_in(tx)

    account = await queries.find_account(tx, member.id)

    assert account is not None
    assert account.username == name
    assert account.email == f"{name}@example.com"


async def test_the_export_of_an_unknown_member_is_none(tx: Tx) -> None:
    assert await queries.find_account(tx, UserId(new_id())) is None


async def test_erasing_deletes_one_account_only(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)

    await queries.delete_user(tx, member.id)

    assert await queries.find_account(tx, member.id) is None
    assert await queries.find_account(tx, other.id) is not None


async def test_erasing_twice_is_the_same_as_once(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    await queries.delete_user(tx, member.id)
    await queries.delete_user(tx, member.id)


async def test_an_erased_member_is_signed_out_and_name_and_address_are_free(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction() as tx:
        for part in PERSONAL_DATA.values():
            await part.erase(tx, _id_of(services, someone["access_token"]))

    assert not await is_signed_in(client, someone["access_token"])
    body = {"refresh_token": someone["refresh_token"]}
    assert (await client.post("auth/refresh", json=body)).status_code == 401
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401
    again = registration(username=someone["username"], email=someone["email"])
    assert (await client.post("auth/register", json=again)).status_code == 201
    answer = await client.get("users/me", headers=bearer(someone["access_token"]))
    assert answer.json()["code"] == "invalid_token", "Not as the new owner of the name."


def _id_of(services: Services, token: str) -> UserId:
    return services.session_tokens.tokens.read(token, AccessClaims).sub
