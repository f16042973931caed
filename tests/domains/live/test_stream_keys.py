"""Stream keys are stored encrypted, and encrypted again with another key."""

from uuid import UUID

import pytest

from tests import make
from tests.support.locks import ensure_waits
from veza.core.ids import UserId
from veza.domains.live.rules.encoders import is_key
from veza.domains.live.stream_keys import SEALED_KEYS, ensure_key, find_key
from veza.infra.security.encryption import Encryptor
from veza.infra.security.sealed_secrets import SealedRow, reseal

OLD, NEW = "o" * 43, "n" * 43


@pytest.fixture
async def member(services):
    return await make.person(services)


async def read(services, encryptor: Encryptor, member) -> str | None:
    async with services.database.read() as conn:
        return await find_key(conn, encryptor, member.id)


async def number_of(services, member) -> int | None:
    async with services.database.read() as conn:
        sql = "select sealed_with from stream_keys where user_id = $1"
        return await conn.value(int, sql, member.id)


async def test_a_key_is_created_once(services, member):
    encryptor = services.live.encryptor
    assert await read(services, encryptor, member) is None
    async with services.database.transaction() as tx:
        await ensure_key(tx, encryptor, member.id)
    drawn = await read(services, encryptor, member)
    assert drawn is not None
    assert is_key(drawn)
    async with services.database.transaction() as tx:
        await ensure_key(tx, encryptor, member.id)
    assert await read(services, encryptor, member) == drawn


async def test_a_new_sealing_key_reseals_all_readable_keys(services):
    encryptor = Encryptor(lambda: [OLD])
    people = [await make.person(services) for _ in range(3)]
    async with services.database.transaction() as tx:
        await tx.run("delete from stream_keys")
        for each in people[:2]:
            await ensure_key(tx, encryptor, each.id)
        await ensure_key(tx, Encryptor(lambda: ["x" * 43]), people[2].id)
    before = [await read(services, encryptor, each) for each in people]
    assert before[2] is None

    both = Encryptor(lambda: [OLD, NEW])
    assert await reseal(services.database, both, SEALED_KEYS) == 3

    assert [await read(services, both, each) for each in people] == before
    assert [await number_of(services, each) for each in people] == [2, 2, 1]
    # Whoever started before learns of it.
    keys = [OLD]
    earlier = Encryptor(lambda: list(keys))
    keys.append(NEW)
    assert await read(services, earlier, people[0]) == before[0]


async def test_keys_are_locked_while_they_are_encrypted_anew(services, member):
    async with services.database.transaction() as tx:
        await ensure_key(tx, services.live.encryptor, member.id)
    before = UserId(UUID(int=member.id.int - 1))

    async def lock(tx):
        assert await tx.all(SealedRow, SEALED_KEYS.find_outdated, 99, before)

    await ensure_waits(services.database, lock, "stream_keys", member.id, column="user_id")


async def test_a_sealed_key_cannot_be_opened_in_another_row(services, member):
    other, encryptor = await make.person(services), services.live.encryptor
    async with services.database.transaction() as tx:
        await ensure_key(tx, encryptor, member.id)
        await ensure_key(tx, encryptor, other.id)
        sql = """
            update stream_keys
               set sealed = (select sealed from stream_keys where user_id = $1)
             where user_id = $2
        """
        await tx.run(sql, other.id, member.id)
    assert await read(services, encryptor, member) is None


async def test_an_unreadable_key_works_until_it_is_replaced(client, services, ingest, member):
    key = await make.stream_key(services, member)
    async with services.database.transaction() as tx:
        sql = "update stream_keys set sealed = 'broken' where user_id = $1"
        await tx.run(sql, member.id)
    shown = await client.get("live/streams/me/key", headers=member.headers)
    assert shown.json()["data"]["stream_key"] is None
    assert (await ingest.publish(key)) is not None
    again = await client.post("live/streams/me/key/regenerate", headers=member.headers)
    assert is_key(again.json()["data"]["stream_key"])
