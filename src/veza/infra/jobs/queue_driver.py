"""The connections of the job queue (PgQueuer) to PostgreSQL: a pool and one listener.

The queue's own statements exchange JSON as text, so its connections have no codec for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import asyncpg
import structlog
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.models import TableChangedEvent, utc_now
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver, NotifyCallback

from veza.infra.postgres.listener import MAX_PAUSE_S, NotificationListener
from veza.infra.postgres.pool import GONE, Open, Pool, Raw, answer_within

log = structlog.get_logger()

MAX_CONNECTIONS = 4
PATIENCE_S = 10.0
# PostgreSQL cancels a statement after this time; the connection is dropped a little later.
STATEMENT_TIMEOUT_S = 30
ANSWER_TIMEOUT_S = STATEMENT_TIMEOUT_S + 5
# A plan that was made for an empty queue may be slow for a full one.
PLAN_LIFETIME_S = 5
QUEUE_NAME = "veza jobs"
LISTENER_NAME = "veza jobs listener"


class QueueDriver(Driver):
    """Runs the statements of the queue; replaces lost connections and logs the loss.

    `fetch` (the next jobs and schedules) is repeated until the database answers or `is_stopping`:
    an error would end the queue's loop, which then waits for the longest running job. A job that a
    lost connection had taken is retried like one whose worker died. Callers of other statements
    repeat them themselves.
    """

    def __init__(self, pool: Pool, open_listener: Open, is_stopping: Callable[[], bool]) -> None:
        self._pool = pool
        self._open_listener = open_listener
        self._is_stopping = is_stopping
        self._listeners: list[NotificationListener] = []
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()
        self._is_lost = False

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return the rows of a statement; wait while the database is unavailable."""
        pause_s = 0.0
        while True:
            try:
                rows = await self._run(lambda raw: raw.fetch(query, *args))
            except GONE as error:
                self._note_loss(error)
                if self._is_stopping():
                    raise
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2 or 0.05, MAX_PAUSE_S)
            else:
                self._note_recovery()
                return [dict(row) for row in rows]

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement once and return its status."""
        return await self._run(lambda raw: raw.execute(query, *args))

    async def notify(self, channel: str, payload: str) -> None:
        """Send a notification."""
        await self.execute("select pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Call `callback` for each notification, and after a reconnect to look for jobs."""
        wake = partial(_wake, Channel(channel), callback)
        listener = NotificationListener(self._open_listener, channel, callback, wake)
        await listener.open()
        self._listeners.append(listener)

    @property
    def shutdown(self) -> asyncio.Event:
        """The event that the queue sets when it stops."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """The tasks of the driver, which has none."""
        return self._tasks

    async def __aenter__(self) -> Self:
        """Do nothing: `open_driver` owns the connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Close all connections."""
        for listener in self._listeners:
            await listener.close()
        await self._pool.close()

    async def _run(self, statement: Callable[[Raw], Any]) -> Any:
        raw = await self._pool.acquire()
        is_answered = False
        try:
            answer = await answer_within(raw, statement(raw), ANSWER_TIMEOUT_S)
            is_answered = True
        finally:
            self._pool.release(raw, is_idle=is_answered)
        return answer

    def _note_loss(self, error: BaseException) -> None:
        if not self._is_lost:
            self._is_lost = True
            log.warning("queue_lost", error=repr(error))

    def _note_recovery(self) -> None:
        if self._is_lost:
            self._is_lost = False
            log.info("queue_back")


@asynccontextmanager
async def open_driver(url: str, is_stopping: Callable[[], bool]) -> AsyncGenerator[QueueDriver]:
    """Return a driver that opens connections on demand; close them at the end."""
    pool = Pool(
        partial(_open, url, QUEUE_NAME),
        max_size=MAX_CONNECTIONS,
        patience_s=PATIENCE_S,
        name=QUEUE_NAME,
    )
    driver = QueueDriver(pool, partial(_open, url, LISTENER_NAME), is_stopping)
    try:
        yield driver
    finally:
        await driver.close()


async def _open(url: str, name: str) -> Raw:
    settings = {
        "application_name": name,
        "statement_timeout": str(STATEMENT_TIMEOUT_S * 1000),
        # Planning the statement that takes the next jobs costs more than executing it.
        "plan_cache_mode": "force_generic_plan",
    }
    return await asyncpg.connect(
        url, server_settings=settings, max_cached_statement_lifetime=PLAN_LIFETIME_S
    )


def _wake(channel: Channel, callback: NotifyCallback) -> None:
    event = TableChangedEvent(
        channel=channel,
        sent_at=utc_now(),
        type="table_changed_event",
        operation="insert",
        table="pgqueuer",
    )
    callback(event.model_dump_json())
