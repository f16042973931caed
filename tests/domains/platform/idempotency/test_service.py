"""Requests with an idempotency key are carried out once."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest

from tests import make
from tests.infra.waiting import until
from veza.core.errors import Conflict, Unavailable
from veza.domains.platform.idempotency import service
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.idempotency.jobs import sweep_idempotency_keys
from veza.infra.postgres.idempotent_steps import IdempotentSteps

PRINT, OTHER_PRINT = b"a" * 32, b"b" * 32


async def finish_with(answer, _tx, _made_id):
    return answer


async def pass_by(_made_id):
    """Need nothing outside of the transactions."""


@pytest.fixture
async def sender(services):
    """Sends under a key of its own, again and again; `made` are the ids under which it was made."""
    person = await make.person(services)
    key, made = str(uuid4()), []

    async def send(fingerprint=PRINT, answer=b"done", error=None, wait=None, begin=None):
        async def do(made_id):
            made.append(made_id)
            if wait is not None:
                await wait.wait()
            if error is not None:
                raise error

        steps = IdempotentSteps(do, partial(finish_with, answer), begin)
        return await service.answer_once(services.database, person.id, key, fingerprint, steps)

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
    assert await sender(answer=b"first") == b"first"
    assert await sender(answer=b"second") == b"first"
    assert len(sender.made) == 1


async def test_fifty_concurrent_requests_get_one_answer(services, sender):
    go = asyncio.Event()
    sending = [asyncio.create_task(sender(answer=b"1", wait=go)) for _ in range(50)]
    await until(lambda: bool(sender.made))
    # Those that wait hold no connection: others are served meanwhile.
    async with services.database.read() as conn:
        assert await conn.value(int, "select 1") == 1
    go.set()

    assert await asyncio.gather(*sending) == [b"1"] * 50
    assert len(sender.made) == 1


async def test_a_different_request_with_the_key_is_refused(sender):
    await sender()

    with pytest.raises(KeyReused):
        await sender(fingerprint=OTHER_PRINT)

    assert len(sender.made) == 1


async def test_keys_of_two_members_are_independent(services, sender):
    other = await make.person(services)
    await sender()

    steps = IdempotentSteps(pass_by, partial(finish_with, b"other"))
    answer = await service.answer_once(services.database, other.id, sender.key, OTHER_PRINT, steps)
    assert answer == b"other"


async def test_a_refusal_is_not_stored_and_the_key_can_be_reused(sender):
    with pytest.raises(Conflict):
        await sender(error=Conflict())

    assert await sender(fingerprint=OTHER_PRINT) == b"done"


@pytest.mark.parametrize("error", [Unavailable(), ZeroDivisionError(), asyncio.CancelledError()])
async def test_after_a_crash_the_same_request_continues_with_the_same_id(sender, error):
    with pytest.raises(type(error)):
        await sender(error=error)
    with pytest.raises(KeyReused):
        await sender(fingerprint=OTHER_PRINT)

    assert await sender() == b"done"
    assert len(sender.made) == 2
    assert len(set(sender.made)) == 1


async def test_the_lease_of_a_killed_process_is_taken_over_with_the_same_id(services, sender):
    working = asyncio.create_task(sender(wait=asyncio.Event()))
    await until(lambda: bool(sender.made))
    # As if it were gone: its lease runs out, and it never comes back to say so.
    await age(services, sender, "61 seconds")

    assert await sender() == b"done"
    assert len(set(sender.made)) == 1
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert await sender(answer=b"later") == b"done"


@pytest.mark.parametrize("error", [None, Conflict(), Unavailable()])
async def test_a_process_that_lost_its_lease_changes_nothing(services, sender, error):
    slow_go, go = asyncio.Event(), asyncio.Event()
    slow = asyncio.create_task(sender(wait=slow_go, answer=b"slow", error=error))
    await until(lambda: len(sender.made) == 1)
    await age(services, sender, "61 seconds")
    working = asyncio.create_task(sender(wait=go, answer=b"kept", error=None))
    await until(lambda: len(sender.made) == 2)

    slow_go.set()
    await asyncio.gather(slow, return_exceptions=True)
    following = asyncio.create_task(sender(answer=b"following"))
    go.set()

    answers = await asyncio.gather(working, following)
    assert answers == ([b"slow"] if error is None else [b"kept"]) * 2
    assert len(sender.made) == 2


async def test_after_a_day_a_key_is_new(services, sender):
    await sender()
    await age(services, sender, "25 hours")

    assert await sender(fingerprint=OTHER_PRINT, answer=b"new") == b"new"
    assert len(set(sender.made)) == 2


async def test_keys_are_swept_after_a_day(services, sender):
    await sender()
    await sweep_idempotency_keys(services.database)
    assert await sender(answer=b"again") == b"done"

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
    assert await working == b"done"


RENAME = "update users set username = $2 where id = $1"


async def name_of(services, sender):
    async with services.database.read() as conn:
        sql = "select username from users where id = $1"
        return await conn.value(str, sql, sender.person.id)


async def test_the_first_step_is_committed_with_the_lease_or_not_at_all(services, sender):
    name = f"renamed{uuid4().hex[:8]}"

    async def rename(tx, _made_id, _is_new):
        await tx.run(RENAME, sender.person.id, name)

    async def fail(tx, made_id, is_new):
        await rename(tx, made_id, is_new)
        raise Conflict

    with pytest.raises(Conflict):
        await sender(begin=fail)
    assert await name_of(services, sender) == sender.person.username
    # Nothing is left of the key either.
    with pytest.raises(Unavailable):
        await sender(begin=rename, fingerprint=OTHER_PRINT, error=Unavailable())
    assert await name_of(services, sender) == name
    with pytest.raises(KeyReused):
        await sender()


async def test_a_retry_knows_that_its_first_step_was_committed(sender):
    begun = []

    async def begin(_tx, made_id, is_new):
        begun.append((made_id, is_new))

    with pytest.raises(ZeroDivisionError):
        await sender(begin=begin, error=ZeroDivisionError())
    await sender(begin=begin)
    await sender(begin=begin)

    assert begun == [(sender.made[0], True), (sender.made[0], False)]


async def test_requests_wait_without_a_connection_while_the_first_step_runs(services, sender):
    go, begun = asyncio.Event(), []

    async def begin(_tx, made_id, _is_new):
        begun.append(made_id)
        await go.wait()

    sending = [asyncio.create_task(sender(answer=b"1", begin=begin)) for _ in range(50)]
    await until(lambda: bool(begun))
    # More than the pool has: each would wait for a connection if the others kept theirs.
    for _ in range(50):
        async with services.database.read() as conn:
            assert await conn.value(int, "select 1") == 1
    go.set()

    assert await asyncio.gather(*sending) == [b"1"] * 50
    assert len(begun) == len(sender.made) == 1


async def test_the_last_step_is_committed_with_the_response_or_not_at_all(
    services, sender, monkeypatch
):
    name = f"renamed{uuid4().hex[:8]}"
    update_answered = service.queries.update_answered

    async def rename(tx, _made_id):
        await tx.run(RENAME, sender.person.id, name)
        return b"renamed"

    async def die(tx, key_id, answer):
        await update_answered(tx, key_id, answer)
        raise ZeroDivisionError

    async def send():
        steps = IdempotentSteps(pass_by, rename)
        return await service.answer_once(
            services.database, sender.person.id, sender.key, PRINT, steps
        )

    with monkeypatch.context() as patched:
        patched.setattr(service.queries, "update_answered", die)
        with pytest.raises(ZeroDivisionError):
            await send()
    assert await name_of(services, sender) == sender.person.username

    assert await send() == await sender() == b"renamed"
    assert await name_of(services, sender) == name
    assert sender.made == []
