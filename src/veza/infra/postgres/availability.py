"""Errors of a database that is busy or unreachable, and the retries of changes in conflict."""

import asyncio
from collections.abc import Awaitable, Callable
from random import SystemRandom

import structlog
from prometheus_client import Counter

from veza.core.errors import Unavailable

log = structlog.get_logger()

MAX_RETRIES = 3
# The longest pause before the first retry; twice as long before each further one.
_FIRST_PAUSE_S = 0.02

_CONFLICTS = Counter(
    "veza_database_conflicts_total",
    "Changes that PostgreSQL ended because of concurrent ones, by what followed.",
    ["outcome"],
)
for _outcome in ("retried", "refused"):
    _CONFLICTS.labels(_outcome)

_random = SystemRandom()


class DatabaseUnavailable(Unavailable):
    """PostgreSQL doesn't answer."""

    code = "database_unavailable"
    message = "The database is not available at the moment: try again soon."


class StatementTimedOut(DatabaseUnavailable):
    """PostgreSQL cancelled a statement after its timeout."""

    code = "query_timed_out"
    message = "This takes too long at the moment: ask for less, or try again later."


class TransactionConflict(DatabaseUnavailable):
    """PostgreSQL ended a change because of concurrent ones: nothing of it was kept.

    It was a deadlock, a serialization failure, or a lock that was not free within `lock_timeout`.
    """


async def retry_conflicts[T](
    change: Callable[[], Awaitable[T]], undo: Callable[[], Awaitable[None]] | None = None
) -> T:
    """Return what `change` returns; run it again after a conflict, at most `MAX_RETRIES` times.

    `undo` is called before each retry. Raises the last TransactionConflict.
    """
    for retry in range(MAX_RETRIES):
        try:
            return await change()
        except TransactionConflict as conflict:
            _CONFLICTS.labels("retried").inc()
            # With the detail of a deadlock: which processes waited for what.
            log.info("change_retried", retry=retry + 1, conflict=str(conflict.__cause__))
        if undo is not None:
            await undo()
        # Of different lengths, so that those who met do not meet again.
        await asyncio.sleep(_random.uniform(0, _FIRST_PAUSE_S * 2**retry))
    try:
        return await change()
    except TransactionConflict:
        _CONFLICTS.labels("refused").inc()
        raise
