"""Events: written with their cause, delivered in order, until their reactions have worked."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct

from tests.app.row_lock_steps import count_deadlocks
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.infra.jobs.outbox import TOPIC, EventDelivery, emit
from veza.infra.jobs.retries import MAX_EVENT_ATTEMPTS
from veza.infra.jobs.worker import Worker
from veza.infra.postgres.database import Database, Tx


class Said(Struct, frozen=True):
    word: str
    by: UUID | None = None


class Done(Struct, frozen=True):
    number: int


class Unheard(Struct, frozen=True):
    pass


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from outbox")
            await tx.run("delete from revisions where topic = 'heard'")

    await clean()
    yield services.database
    await clean()


async def _emit(database: Database, *events: Struct) -> None:
    async with database.transaction() as tx:
        for event in events:
            await emit(tx, event)


async def _rows(database: Database) -> list[Any]:
    async with database.read() as conn:
        sql = "select name || ' ' || attempts from outbox order by id"
        return await conn.column(str, sql)


async def _make_due(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run("update outbox set due_at = now() where due_at < 'infinity'")


async def note(tx: Tx, event: Said) -> None:
    """A reaction with an effect in the database, where it can be counted."""
    await tx.run("insert into revisions (topic, subject) values ('heard', $1)", event.word)


async def _noted(database: Database) -> list[str]:
    async with database.read() as conn:
        sql = "select subject from revisions where topic = 'heard' order by id"
        return await conn.column(str, sql)


async def test_events_are_delivered_in_order_to_all_who_react(database: Database) -> None:
    heard: list[object] = []

    async def hear(_: Tx, event: Struct) -> None:
        heard.append(event)

    async def hear_too(_: Tx, event: Said) -> None:
        heard.append(event.word)

    delivery = EventDelivery(database, {Said: [hear, hear_too], Done: [hear]})
    events = [Said("a", UUID(int=5)), Done(1), Said("b"), Done(2)]
    for event in events:
        await _emit(database, event)

    assert await delivery.deliver_batch() == 4
    assert heard == [events[0], "a", events[1], events[2], "b", events[3]]
    assert await _rows(database) == []
    assert await delivery.deliver_batch() == 0


async def test_what_is_undone_announces_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _emit_and_fail(database)

    assert await _rows(database) == []


async def _emit_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await emit(tx, Said("never"))
        raise ZeroDivisionError


async def test_an_event_to_which_nobody_reacts_is_done_with(database: Database) -> None:
    await _emit(database, Unheard())

    assert await EventDelivery(database, {Unheard: []}).deliver_batch() == 1
    assert await _rows(database) == []


async def test_an_event_of_a_newer_version_waits_for_a_worker_that_knows_it(
    database: Database,
) -> None:
    await _emit(database, Said("one"), Said("two"))
    older, newer = EventDelivery(database, {}), EventDelivery(database, {Said: [note]})

    assert [await older.deliver_batch() for _ in range(2)] == [2, 0]
    assert await _rows(database) == ["Said 0", "Said 0"]
    await _make_due(database)
    assert await newer.deliver_batch() == 2
    assert await _noted(database) == ["one", "two"]


async def test_more_than_a_batch_is_delivered_batch_by_batch(database: Database) -> None:
    await _emit(database, *(Said(str(n)) for n in range(150)))
    delivery = EventDelivery(database, {Said: [note]})

    assert [await delivery.deliver_batch() for _ in range(3)] == [100, 50, 0]
    assert await _noted(database) == [str(n) for n in range(150)]


async def test_a_reaction_that_fails_is_tried_again_later_and_keeps_nobody_waiting(
    database: Database,
) -> None:
    is_broken = True

    async def stumble(tx: Tx, event: Said) -> None:
        await note(tx, event)
        if is_broken and event.word == "bad":
            raise ZeroDivisionError("not yet")

    delivery = EventDelivery(database, {Said: [stumble]})
    await _emit(database, Said("a"), Said("bad"), Said("b"))

    await delivery.deliver_batch()
    assert await _noted(database) == ["a", "b"], "What the failed one wrote is undone."
    assert await _rows(database) == ["Said 1"]
    assert await delivery.deliver_batch() == 0, "It isn't due yet."

    is_broken = False
    await _make_due(database)
    await delivery.deliver_batch()
    assert await _noted(database) == ["a", "b", "bad"]
    assert await _rows(database) == []


async def test_of_several_reactions_all_work_or_none(database: Database) -> None:
    async def fail(_: Tx, __: Said) -> None:
        raise ZeroDivisionError

    await _emit(database, Said("a"))
    await EventDelivery(database, {Said: [note, fail]}).deliver_batch()

    assert await _noted(database) == []


async def test_a_reaction_that_breaks_its_transaction_harms_no_other(database: Database) -> None:
    async def break_it(tx: Tx, event: Said) -> None:
        if event.word == "bad":
            await tx.run("insert into users (id) values (null)")
        await note(tx, event)

    await _emit(database, Said("bad"), Said("good"))
    await EventDelivery(database, {Said: [break_it]}).deliver_batch()

    assert await _noted(database) == ["good"]
    assert await _rows(database) == ["Said 1"]


async def test_pauses_grow_and_what_is_given_up_is_kept_with_its_error(
    database: Database,
) -> None:
    async def fail(_: Tx, __: Said) -> None:
        raise ZeroDivisionError("as ever")

    delivery = EventDelivery(database, {Said: [fail]})
    await _emit(database, Said("a"))
    pauses: list[float | None] = []
    for _ in range(MAX_EVENT_ATTEMPTS):
        assert await delivery.deliver_batch() == 1
        pauses.append(await _pause(database))
        await _make_due(database)

    assert pauses[:5] == [1, 2, 4, 8, 16]
    assert pauses[-3:-1] == [512, 600]
    assert pauses[-1] is None, "It is never due again."
    assert await delivery.deliver_batch() == 0
    assert await _rows(database) == [f"Said {MAX_EVENT_ATTEMPTS}"]
    async with database.read() as conn:
        assert await conn.value(str, "select error from outbox") == ("ZeroDivisionError('as ever')")


async def _pause(database: Database) -> float | None:
    """Tell how long the only event has to wait; None for ever."""
    async with database.read() as conn:
        sql = """
            select ceil(extract(epoch from due_at - now()))::int
              from outbox
             where due_at < 'infinity'
        """
        return await conn.value(int, sql)


async def test_while_something_is_unavailable_nothing_is_counted_as_a_failure(
    database: Database,
) -> None:
    async def miss(_: Tx, __: Said) -> None:
        raise Unavailable

    await _emit(database, Said("a"))
    with pytest.raises(Unavailable):
        await EventDelivery(database, {Said: [miss]}).deliver_batch()

    assert await _rows(database) == ["Said 0"]


async def test_an_event_whose_shape_has_changed_is_kept(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run("insert into outbox (name, payload) values ('Said', $1)", {"other": 1})
    await EventDelivery(database, {Said: [note]}).deliver_batch()

    assert await _rows(database) == ["Said 1"]


async def test_two_who_deliver_at_once_deliver_each_event_once(database: Database) -> None:
    async def react(tx: Tx, event: Said) -> None:
        await note(tx, event)
        await asyncio.sleep(0)

    words = [f"{n:03}" for n in range(300)]
    await _emit(database, *(Said(word) for word in words))
    deliveries = [EventDelivery(database, {Said: [react]}) for _ in range(4)]
    counts = await asyncio.gather(*(d.deliver_batch() for d in deliveries for _ in range(3)))

    assert sum(counts) == 300
    assert sorted(await _noted(database)) == words
    assert await _rows(database) == []


async def test_deliveries_that_wait_for_each_other_give_way_before_they_deadlock(
    services: Services, database: Database
) -> None:
    both_hold_one, met = asyncio.Barrier(2), asyncio.Event()

    async def lock(tx: Tx, event: Said) -> None:
        await tx.value(str, "select pg_advisory_xact_lock(hashtext($1))::text", event.word)
        if not met.is_set():
            await both_hold_one.wait()
            met.set()
        await note(tx, event)

    before = count_deadlocks(services)
    await _emit(database, Said("a"), Said("b"))
    one = asyncio.create_task(EventDelivery(database, {Said: [lock]}).deliver_batch())
    await until(lambda: both_hold_one.n_waiting == 1)
    await _emit(database, Said("b"), Said("a"))
    await EventDelivery(database, {Said: [lock]}).deliver_batch()
    await one

    assert sorted(await _noted(database)) == ["a", "a", "b", "b"]
    assert await _rows(database) == []
    assert count_deadlocks(services) == before


async def test_a_delivery_that_dies_half_way_leaves_all_of_its_batch(database: Database) -> None:
    async def die(tx: Tx, event: Said) -> None:
        await note(tx, event)
        if event.word == "b":
            raise asyncio.CancelledError

    await _emit(database, Said("a"), Said("b"))
    with pytest.raises(asyncio.CancelledError):
        await EventDelivery(database, {Said: [die]}).deliver_batch()
    assert await _noted(database) == []

    await EventDelivery(database, {Said: [note]}).deliver_batch()
    assert await _noted(database) == ["a", "b"]


async def test_a_reaction_may_announce_in_its_turn(database: Database) -> None:
    async def answer(tx: Tx, event: Said) -> None:
        await emit(tx, Done(len(event.word)))

    async def hear(tx: Tx, event: Done) -> None:
        await note(tx, Said(str(event.number)))

    delivery = EventDelivery(database, {Said: [answer], Done: [hear]})
    await _emit(database, Said("four"))
    await delivery.deliver_batch()
    await delivery.deliver_batch()

    assert await _noted(database) == ["4"]


async def test_delivering_goes_on_by_itself_and_is_woken_by_a_signal(
    services: Services, database: Database
) -> None:
    delivery = EventDelivery(database, {Said: [note]})
    services.broadcast.listen(TOPIC, delivery.wake)
    worker = Worker(services.addresses.database, {}, {}, delivery)
    running = asyncio.create_task(worker.run())
    try:
        for word in ("a", "b", "c"):
            await _emit(database, Said(word))
            await until(lambda word=word: _is_noted(database, word))
    finally:
        await worker.stop(grace_s=0)
        await running


async def _is_noted(database: Database, word: str) -> bool:
    return word in await _noted(database)
