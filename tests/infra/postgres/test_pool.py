"""The pool: who gets a connection and when, how it grows, and what is left when it closes."""

import asyncio
from time import monotonic

import asyncpg
import pytest

from tests.infra.databases import execute
from tests.infra.pools import (
    Opening,
    ask,
    backends,
    ensure_whole,
    give,
    in_line,
    is_alone,
    lent,
    opener,
    rows,
)
from tests.infra.waiting import until
from veza.infra.postgres import pool as pools
from veza.infra.postgres.pool import Raw


async def test_a_connection_is_opened_when_it_is_needed_and_lent_again(
    opening: Opening, things: str
):
    pool = opening()
    assert await backends(things) == []

    async with lent(pool) as first:
        assert await backends(things) == [first.get_server_pid()]
    async with lent(pool) as again:
        assert again is first

    assert await backends(things) == [first.get_server_pid()]
    ensure_whole(pool)


async def test_what_was_given_back_last_is_lent_first(opening: Opening):
    pool = opening()
    one, two, three = [await pool.acquire() for _ in range(3)]

    give(pool, two, one, three)

    assert [await pool.acquire() for _ in range(3)] == [three, one, two]
    give(pool, one, two, three)


async def test_a_hundred_borrowers_share_three_connections(opening: Opening, things: str):
    pool = opening()
    out, most, pids, are_all_open = 0, 0, set(), asyncio.Event()

    async def borrow(number: int) -> None:
        nonlocal out, most
        async with lent(pool) as raw:
            out += 1
            most = max(most, out)
            pids.add(raw.get_server_pid())
            # Opening the third connection may take longer than all statements on two.
            if most == 3:
                are_all_open.set()
            await are_all_open.wait()
            await raw.execute("insert into things values ($1)", number)
            out -= 1

    await asyncio.gather(*(borrow(number) for number in range(100)))

    assert await rows(things) == list(range(100))
    assert most == 3
    assert sorted(await backends(things)) == sorted(pids)
    assert len(pids) == 3
    ensure_whole(pool)


async def test_who_waits_is_served_in_the_order_of_asking(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    served = []

    async def ask(number: int) -> None:
        async with lent(pool):
            served.append(number)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(ask(number)) for number in range(10)]
    await asyncio.sleep(0)
    give(pool, raw)
    # Who asks only now stands behind those ten, although the connection was just given back.
    await ask(10)
    await asyncio.gather(*tasks)

    assert served == list(range(11))


async def test_who_waits_too_long_is_told_so_and_costs_the_pool_nothing(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    # To open a connection took as long as it needed.
    pool._patience_s = 0.05

    for _ in range(3):
        answers = await asyncio.gather(*(pool.acquire() for _ in range(5)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {TimeoutError}
    give(pool, raw)

    assert await pool.acquire() is raw
    give(pool, raw)
    ensure_whole(pool)


async def test_each_waits_as_long_as_the_others(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    pool._patience_s = 0.2

    async def wait() -> float:
        began = monotonic()
        with pytest.raises(TimeoutError):
            await pool.acquire()
        return monotonic() - began

    async with asyncio.timeout(28), asyncio.TaskGroup() as group:
        early = group.create_task(wait())
        await asyncio.sleep(0.1)
        late = group.create_task(wait())

    # A timer may be early by the resolution of the clock.
    assert min(early.result(), late.result()) > 0.19
    give(pool, raw)


async def test_who_is_cancelled_while_waiting_is_passed_over(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    first, second, third = await in_line(pool, 3)

    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    give(pool, raw)

    assert await third is raw
    give(pool, raw)
    ensure_whole(pool)


@pytest.mark.parametrize("is_lost", [False, True])
async def test_who_is_cancelled_in_the_moment_of_being_served_passes_it_on(
    opening: Opening, is_lost: bool
):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    first, second = await in_line(pool, 2)

    if is_lost:
        # Then it is the place that is passed on, to open a connection in.
        raw.terminate()
    give(pool, raw)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    served = await second
    assert (served is raw) is not is_lost
    give(pool, served)
    ensure_whole(pool)


async def test_how_long_each_waits_is_listed_the_longest_first(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    assert pool.list_waits() == []

    first, second, third = await in_line(pool, 3)
    waits_s = pool.list_waits()
    assert len(waits_s) == 3
    assert monotonic() > waits_s[0] >= waits_s[1] >= waits_s[2] >= 0

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len(pool.list_waits()) == 2
    give(pool, raw)
    give(pool, await second)
    give(pool, await third)
    assert pool.list_waits() == []


async def test_who_is_abandoned_while_waiting_is_passed_over(opening: Opening):
    pool = opening(max_size=1)
    raw = await pool.acquire()
    waiting = pool.acquire()
    waiting.send(None)

    waiting.close()
    give(pool, raw)

    assert await pool.acquire() is raw
    give(pool, raw)


async def test_who_is_cancelled_while_a_connection_opens_gives_the_place_free(
    opening: Opening, things: str
):
    begun = asyncio.Event()

    async def open_slowly() -> Raw:
        if not begun.is_set():
            begun.set()
            await asyncio.Event().wait()
        return await opener(things)()

    pool = opening(max_size=1, open_one=open_slowly)
    first = asyncio.create_task(pool.acquire())
    await begun.wait()
    (second,) = await in_line(pool, 1)

    first.cancel()
    give(pool, await second)

    with pytest.raises(asyncio.CancelledError):
        await first
    ensure_whole(pool)


async def test_opening_ends_with_the_patience(opening: Opening):
    async def open_never() -> Raw:
        await asyncio.Event().wait()
        raise AssertionError

    pool = opening(max_size=1, patience_s=0.05, open_one=open_never)

    for _ in range(2):
        with pytest.raises(TimeoutError):
            await pool.acquire()
    ensure_whole(pool)


async def test_what_opening_raises_hits_one_and_the_next_tries_anew(opening: Opening, things: str):
    failures = [OSError("No."), asyncpg.TooManyConnectionsError("Neither.")]

    async def open_at_last() -> Raw:
        await asyncio.sleep(0)
        if failures:
            raise failures.pop(0)
        return await opener(things)()

    pool = opening(max_size=1, open_one=open_at_last)

    answers = await asyncio.gather(*(pool.acquire() for _ in range(3)), return_exceptions=True)

    assert [type(answer) for answer in answers[:2]] == [OSError, asyncpg.TooManyConnectionsError]
    give(pool, answers[2])
    ensure_whole(pool)


async def test_what_nobody_took_between_two_looks_is_closed_and_the_rest_stays(
    opening: Opening, things: str
):
    pool = opening()
    one, two, three = [await pool.acquire() for _ in range(3)]
    give(pool, one, two, three)

    pool._close_unused()
    assert not any(raw.is_closed() for raw in (one, two, three)), "It sees them for the first time."
    async with lent(pool), lent(pool):
        pass
    pool._close_unused()
    assert [raw.is_closed() for raw in (one, two, three)] == [True, False, False]
    async with lent(pool) as used:
        pool._close_unused()
    pool._close_unused()

    ensure_whole(pool)
    assert [raw for raw in (two, three) if not raw.is_closed()] == [used]
    await until(lambda: is_alone_with(things, used))


async def test_what_nobody_needs_at_all_is_closed_in_time(
    opening: Opening, things: str, monkeypatch
):
    monkeypatch.setattr(pools, "IDLE_S", 0.05)
    pool = opening()
    give(pool, *[await pool.acquire() for _ in range(3)])

    await until(lambda: is_alone(things))
    ensure_whole(pool)
    assert await ask(pool) == 1


async def test_a_closed_pool_leaves_nothing_behind(opening: Opening, things: str):
    pool = opening(max_size=2)
    held, idle = await pool.acquire(), await pool.acquire()
    give(pool, idle)
    sleeping = asyncio.create_task(held.execute("select pg_sleep(60)"))
    pool_of_one = opening(max_size=1)
    alone = await pool_of_one.acquire()
    (waiting,) = await in_line(pool_of_one, 1)
    pid = held.get_server_pid()
    await asyncio.sleep(0)

    await pool.close()
    await pool_of_one.close()

    for refused in (sleeping, waiting, pool.acquire(), pool_of_one.acquire()):
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await refused
    pool.release(held, is_idle=False)
    pool_of_one.release(alone, is_idle=True)
    await execute(things, "select pg_terminate_backend($1)", pid)
    await until(lambda: is_alone(things))
    await pool.close()


async def test_a_pool_closed_while_a_connection_opens_keeps_none(opening: Opening, things: str):
    opened, may_go_on = asyncio.Event(), asyncio.Event()

    async def open_slowly() -> Raw:
        raw = await opener(things)()
        opened.set()
        await may_go_on.wait()
        return raw

    pool = opening(open_one=open_slowly)
    taking = asyncio.create_task(pool.acquire())
    await opened.wait()
    await pool.close()
    may_go_on.set()

    with pytest.raises(asyncpg.InterfaceError):
        await taking
    await until(lambda: is_alone(things))
    ensure_whole(pool)


async def test_giving_back_twice_is_a_bug(opening: Opening):
    pool = opening()
    raw = await pool.acquire()
    give(pool, raw)
    with pytest.raises(AssertionError):
        give(pool, raw)


async def is_alone_with(things: str, raw: Raw) -> bool:
    return await backends(things) == [raw.get_server_pid()]
