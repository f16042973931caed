"""Requests with an idempotency key are carried out once."""

import asyncio
from uuid import uuid4

import pytest
from msgspec import Struct

from tests import make
from tests.infra.waiting import until
from veza.core.errors import Conflict, Unavailable
from veza.core.keyed_request import KeyedRequest
from veza.domains.platform.idempotency import service
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.jobs import sweep_idempotency_keys

PRINT, OTHER_PRINT = b"a" * 32, b"b" * 32


def body(name):
    """The answer of a request that made something of this name."""
    return b'{"success":true,"data":{"name":"%s"}}' % name.encode()


class Made(Struct):
    name: str


@pytest.fixture
async def sender(services):
    """Sends under a key of its own, again and again; `made` are the ids under which it was made."""
    person = await make.person(services)
    key, made = str(uuid4()), []

    async def send(fingerprint=PRINT, name="done", error=None, wait=None, change=None):
        database, sent = services.database, KeyedRequest(person.id, key, fingerprint)
        async with service.claimed(database, sent) as claim:
            if claim.answer is not None:
                return claim.answer
            made.append(claim.id)
            if wait is not None:
                await wait.wait()
            if error is not None:
                raise error
            async with database.transaction() as tx:
                if change is not None:
                    await change(tx)
                return await service.store_answer(tx, claim, Made(name))

    send.made, send.person, send.key = made, person, key
    return send


async def age(services, sender, interval):
    sql = """
        update idempotency_keys
           set created_at = created_at - $2::text::interval,
               leased_until = leased_until - $2::text::interval
         where key = $1
    """
    async with services.database.transaction() as tx:
        assert await tx.run(sql, sender.key, interval) == 1


async def test_the_same_request_gets_the_first_answer_again(sender):
    assert await sender(name="first") == body("first")
    assert await sender(name="second") == body("first")
    assert len(sender.made) == 1


async def test_fifty_concurrent_requests_get_one_answer(services, sender):
    go = asyncio.Event()
    sending = [asyncio.create_task(sender(name="1", wait=go)) for _ in range(50)]
    await until(lambda: bool(sender.made))
    # Those that wait hold no connection: others are served meanwhile.
    async with services.database.read() as conn:
        assert await conn.value(int, "select 1") == 1
    go.set()

    assert await asyncio.gather(*sending) == [body("1")] * 50
    assert len(sender.made) == 1


async def test_a_different_request_with_the_key_is_refused(sender):
    await sender()

    with pytest.raises(KeyReused):
        await sender(fingerprint=OTHER_PRINT)

    assert len(sender.made) == 1


async def test_keys_of_two_members_are_independent(services, sender):
    other = await make.person(services)
    await sender()

    sent = KeyedRequest(other.id, sender.key, OTHER_PRINT)
    async with service.claimed(services.database, sent) as claim:
        assert claim.answer is None


async def test_a_refusal_is_not_stored_and_the_key_can_be_reused(sender):
    with pytest.raises(Conflict):
        await sender(error=Conflict())

    assert await sender(fingerprint=OTHER_PRINT) == body("done")


@pytest.mark.parametrize("error", [Unavailable(), ZeroDivisionError(), asyncio.CancelledError()])
async def test_after_a_crash_the_same_request_continues_with_the_same_id(sender, error):
    with pytest.raises(type(error)):
        await sender(error=error)
    with pytest.raises(KeyReused):
        await sender(fingerprint=OTHER_PRINT)

    assert await sender() == body("done")
    assert len(sender.made) == 2
    assert len(set(sender.made)) == 1


async def test_the_lease_of_a_killed_process_is_taken_over_with_the_same_id(services, sender):
    working = asyncio.create_task(sender(wait=asyncio.Event()))
    await until(lambda: bool(sender.made))
    # As if it were gone: its lease runs out, and it never comes back to say so.
    await age(services, sender, "61 seconds")

    assert await sender() == body("done")
    assert len(set(sender.made)) == 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert await sender(name="later") == body("done")


@pytest.mark.parametrize("error", [None, Conflict(), Unavailable()])
async def test_a_process_that_lost_its_lease_changes_nothing(services, sender, error):
    slow_go, go = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(sender(wait=slow_go, name="slow", error=error))
    await until(lambda: len(sender.made) == 1)
    await age(services, sender, "61 seconds")
    working = asyncio.create_task(sender(wait=go, name="kept", error=None))
    await until(lambda: len(sender.made) == 2)

    slow_go.set()
    await asyncio.gather(slow, return_exceptions=True)
    following = asyncio.create_task(sender(name="following"))
    go.set()

    answers = await asyncio.gather(working, following)
    assert answers == [body("slow" if error is None else "kept")] * 2
    assert len(sender.made) == 2


async def test_after_a_day_a_key_is_new(services, sender):
    await sender()
    await age(services, sender, "25 hours")

    assert await sender(fingerprint=OTHER_PRINT, name="new") == body("new")
    assert len(set(sender.made)) == 2


async def test_keys_are_swept_after_a_day(services, sender):
    await sender()
    await sweep_idempotency_keys(services.database)
    assert await sender(name="again") == body("done")

    await age(services, sender, "25 hours")
    await sweep_idempotency_keys(services.database)

    sql = "select count(*) from idempotency_keys where key = $1"
    async with services.database.read() as conn:
        assert await conn.value(int, sql, sender.key) == 0


async def test_waiting_too_long_is_503(sender, monkeypatch):
    monkeypatch.setattr(service, "_TIMEOUT_S", 0.2)
    go = asyncio.Event()
    working = asyncio.create_task(sender(wait=go))
    await until(lambda: bool(sender.made))

    with pytest.raises(Unavailable):
        await sender()

    go.set()
    assert await working == body("done")


async def test_without_a_key_each_request_is_executed_under_an_id_of_its_own(services):
    ids = []
    for name in ("one", "two"):
        async with service.claimed(services.database, None) as claim:
            ids.append(claim.id)
            async with services.database.transaction() as tx:
                assert await service.store_answer(tx, claim, Made(name)) == body(name)
    assert len(set(ids)) == 2


async def test_the_work_is_committed_with_its_answer_or_not_at_all(services, sender, monkeypatch):
    name = f"renamed{uuid4().hex[:8]}"
    update_answered = service.queries.update_answered

    async def rename(tx):
        await tx.run("update users set username = $2 where id = $1", sender.person.id, name)

    async def die(tx, key_id, answer):
        await update_answered(tx, key_id, answer)
        raise ZeroDivisionError

    async def find_name():
        async with services.database.read() as conn:
            sql = "select username from users where id = $1"
            return await conn.value(str, sql, sender.person.id)

    with monkeypatch.context() as patched:
        patched.setattr(service.queries, "update_answered", die)
        with pytest.raises(ZeroDivisionError):
            await sender(change=rename)
    assert await find_name() == sender.person.username

    assert await sender(change=rename) == await sender() == body("done")
    assert await find_name() == name
    assert len(set(sender.made)) == 1
