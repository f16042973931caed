"""Authentication with API keys, and when they were last used."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import pytest

from tests import make
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.access import Member, Role, Scope
from veza.core.errors import Unavailable
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.api_keys import service
from veza.domains.auth.api_keys.errors import InvalidApiKey
from veza.domains.auth.api_keys.jobs import sweep_keys
from veza.domains.auth.api_keys.models import ApiKeyForm, CreatedApiKey
from veza.domains.auth.api_keys.service import ApiKeyUsage
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database, Tx


@pytest.fixture
def uses(services: Services) -> ApiKeyUsage:
    """Uses that are written only when a test says so."""
    return ApiKeyUsage(services.database)


async def _make_key(services: Services, owner: make.Person, *scopes: Scope) -> CreatedApiKey:
    async with services.database.transaction() as tx:
        return await make.key_in(tx, owner.id, *scopes)


async def _authenticate(
    services: Services, uses: ApiKeyUsage, key: str, database: Database | None = None
) -> Member:
    factors = services.login_context.factors
    return await service.authenticate(database or services.database, uses, key, factors=factors)


async def _change(services: Services, sql: str, *values: object) -> None:
    async with services.database.transaction() as tx:
        await tx.run(sql, *values)


async def test_a_key_authenticates_its_member_with_its_scopes(
    services: Services, uses: ApiKeyUsage
) -> None:
    owner = await make.person(services, Role.CREATOR)
    key = await _make_key(services, owner, Scope.READ)

    member = await _authenticate(services, uses, key.key)

    assert (member.id, member.role) == (owner.id, Role.CREATOR)
    assert member.session_id is None
    assert member.scopes == {Scope.READ}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "veza_sk_",
        "veza_sk_" + "A" * 43,
        "veza_sk_" + "A" * 42,
        "veza_sk_" + "A" * 44,
        "veza_sk_" + "A" * 42 + "\n",
        "veza_sk_" + "é" * 43,
        "VEZA_SK_" + "A" * 43,
        "' or true --",
        "\0",
        "x" * 100_000,
    ],
    ids=lambda key: repr(key[:20]) + str(len(key)),
)
async def test_a_guessed_key_is_refused(services: Services, uses: ApiKeyUsage, key: str) -> None:
    with pytest.raises(InvalidApiKey):
        await _authenticate(services, uses, key)


async def test_a_key_with_one_wrong_letter_is_refused(
    services: Services, uses: ApiKeyUsage
) -> None:
    owner = await make.person(services)
    key = (await _make_key(services, owner)).key
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key + "A", key[:-1], f" {key}"):
        with pytest.raises(InvalidApiKey):
            await _authenticate(services, uses, wrong)


@pytest.mark.parametrize(
    "change",
    [
        "update api_keys set expires_at = now() where user_id = $1",
        "update api_keys set revoked_at = now() where user_id = $1",
        "update users set suspended_at = now(), suspension_reason = 'spam' where id = $1",
        "delete from users where id = $1",
    ],
    ids=["expired", "revoked", "suspended", "erased"],
)
async def test_a_change_to_key_or_member_takes_effect_at_once(
    services: Services, uses: ApiKeyUsage, change: str
) -> None:
    owner = await make.person(services)
    key = await _make_key(services, owner)
    await _authenticate(services, uses, key.key)

    await _change(services, change, owner.id)

    with pytest.raises(InvalidApiKey):
        await _authenticate(services, uses, key.key)


async def test_after_a_lifted_suspension_the_same_key_works(
    services: Services, uses: ApiKeyUsage
) -> None:
    owner = await make.person(services)
    key = await _make_key(services, owner)
    suspend = "update users set suspended_at = $2, suspension_reason = $3 where id = $1"
    await _change(services, suspend, owner.id, datetime.fromisoformat("2026-01-01T00Z"), "spam")
    await _change(services, suspend, owner.id, None, None)

    assert (await _authenticate(services, uses, key.key)).id == owner.id


async def test_a_lowered_role_takes_effect_at_once(services: Services, uses: ApiKeyUsage) -> None:
    owner = await make.person(services, Role.CREATOR)
    key = await _make_key(services, owner)
    async with services.database.transaction() as tx:
        await member_accounts.set_role(tx, owner.id, Role.USER)

    assert (await _authenticate(services, uses, key.key)).role is Role.USER


async def test_the_last_use_is_written_after_the_request_and_once_a_minute(
    services: Services, uses: ApiKeyUsage
) -> None:
    owner = await make.person(services)
    key, unused = await _make_key(services, owner), await _make_key(services, owner)
    for _ in range(3):
        await _authenticate(services, uses, key.key)
    assert await _last_use(services, key) is None, "No request waits for it."

    await uses.write()
    first = await _last_use(services, key)
    assert first is not None
    await _authenticate(services, uses, key.key)
    await uses.write()

    assert await _last_use(services, key) == first
    assert await _last_use(services, unused) is None

    await _change(
        services,
        "update api_keys set last_used_at = now() - interval '61 s' where id = $1",
        key.id,
    )
    await _authenticate(services, uses, key.key)
    await uses.write()
    again = await _last_use(services, key)
    assert again is not None
    assert again > first


async def test_two_processes_store_the_same_use_once(services: Services) -> None:
    owner = await make.person(services)
    key = await _make_key(services, owner)
    processes = [ApiKeyUsage(services.database) for _ in range(2)]
    for one in processes:
        await _authenticate(services, one, key.key)
    await processes[0].write()
    first = await _last_use(services, key)
    await processes[1].write()

    assert await _last_use(services, key) == first


async def test_storing_uses_skips_locked_rows(services: Services, uses: ApiKeyUsage) -> None:
    """Two processes that write the same keys in another order would wait for each other."""
    owner = await make.person(services)
    busy, free = await _make_key(services, owner), await _make_key(services, owner)
    for key in (busy, free):
        uses.note(key.id)
    async with services.database.transaction() as tx:
        await tx.run("update api_keys set name = 'busy' where id = $1", busy.id)
        async with asyncio.timeout(28):
            await uses.write()

    assert await _last_use(services, busy) is None
    assert await _last_use(services, free) is not None


async def test_uses_are_stored_in_the_background(services: Services) -> None:
    owner = await make.person(services)
    key = await _make_key(services, owner)

    async def is_written() -> bool:
        return await _last_use(services, key) is not None

    async with ApiKeyUsage(services.database).running():
        pass
    uses = ApiKeyUsage(services.database)
    async with uses.running():
        await _authenticate(services, uses, key.key)
        await until(is_written)


@pytest.fixture
async def gone() -> AsyncIterator[db.Database]:
    async with db.connect("postgresql://veza@127.0.0.1:1/veza") as database:
        yield database


async def test_without_the_database_keys_are_refused_and_storing_is_retried(
    services: Services, gone: db.Database
) -> None:
    uses = ApiKeyUsage(gone)
    owner = await make.person(services)
    key = await _make_key(services, owner)
    with pytest.raises(Unavailable):
        await _authenticate(services, uses, key.key, gone)

    async with uses.running():
        uses.note(key.id)
        await asyncio.sleep(0.05)
        uses._database = services.database
        uses.note(key.id)
        await until(lambda: _is_used(services, key))


async def test_an_erased_member_cannot_create_a_key(tx: Tx) -> None:
    with pytest.raises(InvalidToken):
        await service.create_key(tx, UserId(new_id()), ApiKeyForm("x", [Scope.READ]))


async def test_keys_revoked_a_month_ago_are_deleted(services: Services) -> None:
    owner = await make.person(services)
    keys = [await _make_key(services, owner) for _ in range(3)]
    for key, days in zip(keys, (31, 29), strict=False):
        sql = "update api_keys set revoked_at = now() - make_interval(days => $2) where id = $1"
        await _change(services, sql, key.id, days)

    await sweep_keys(services.database)

    async with services.database.read() as conn:
        left = await conn.column(UUID, "select id from api_keys where user_id = $1", owner.id)
    assert set(left) == {keys[1].id, keys[2].id}


async def _last_use(services: Services, key: CreatedApiKey) -> datetime | None:
    async with services.database.read() as conn:
        sql = "select last_used_at from api_keys where id = $1"
        return await conn.value(datetime, sql, key.id)


async def _is_used(services: Services, key: CreatedApiKey) -> bool:
    return await _last_use(services, key) is not None
