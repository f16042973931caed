"""Pools under test: how tests borrow from them, and what is seen of them on the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from tests.infra.databases import execute
from veza.infra.postgres.pool import Pool, Raw

NAME = "pool under test"

type Opening = Callable[..., Pool]


def opener(url: str) -> Callable[[], Awaitable[Raw]]:
    return partial(asyncpg.connect, url, server_settings={"application_name": NAME})


async def is_alone(url: str) -> bool:
    return await backends(url) == []


async def backends(url: str) -> list[int]:
    """The server's processes that work for the pools of a test."""
    sql = "select pid from pg_stat_activity where application_name = $1 order by backend_start"
    return [pid for (pid,) in await execute(url, sql, NAME)]


async def rows(url: str) -> list[int]:
    return [number for (number,) in await execute(url, "select id from things order by id")]


@asynccontextmanager
async def lent(pool: Pool, *, is_idle: bool = True) -> AsyncIterator[Raw]:
    raw = await pool.acquire()
    try:
        yield raw
    finally:
        pool.release(raw, is_idle=is_idle)


def give(pool: Pool, *raws: Raw) -> None:
    for raw in raws:
        pool.release(raw, is_idle=True)


async def in_line(pool: Pool, count: int) -> list[asyncio.Task[Raw]]:
    """Let so many ask, one after the other, while there is no connection for them."""
    tasks = [asyncio.create_task(pool.acquire()) for _ in range(count)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)
    return tasks


async def ask(pool: Pool) -> int:
    async with lent(pool) as raw:
        return await raw.fetchval("select 1")


def ensure_whole(pool: Pool) -> None:
    """Nothing is lent, nobody waits, and what lies there is at rest."""
    assert not pool._in_use
    assert not [turn for _, turn in pool._waiters if not turn.done()]
    assert len(set(pool._idle)) == len(pool._idle) == pool._size <= pool.max_size
    assert not any(raw.is_in_transaction() for raw in pool._idle if not raw.is_closed())
