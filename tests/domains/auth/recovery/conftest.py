"""The SQL statements of a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from veza.app.services import Services

# Beside a request this process asks for its news and records earlier ones; and the driver asks,
# once on each connection and with that setting changed, what types there are.
_NO_PART_OF_IT = (
    *("begin", "commit", "revisions", "pg_snapshot", "audit_"),
    *("typelem", "'jit'"),
)


@pytest.fixture
async def statements(services: Services) -> Callable:
    """Hear the statements inside a `with statements() as seen`."""
    # Each connection of the pool has to exist already to be listened to.
    pool = services.database.pool
    raw = [await pool.acquire() for _ in range(pool.max_size)]
    for connection in raw:
        pool.release(connection, is_idle=True)

    @contextmanager
    def listen() -> Iterator[list[str]]:
        seen: list[str] = []

        def hear(query) -> None:
            if not any(word in query.query for word in _NO_PART_OF_IT):
                seen.append(query.query)

        for connection in raw:
            connection.add_query_logger(hear)
        yield seen
        for connection in raw:
            connection.remove_query_logger(hear)

    return listen
