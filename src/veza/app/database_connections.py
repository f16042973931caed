"""The connections of a process to PostgreSQL: name and limits by the type of the process."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum

from veza.app.settings.settings import Settings
from veza.infra.postgres import database as db
from veza.infra.postgres import replica
from veza.infra.postgres.database import Database

# Shorter in HTTP processes, where a client waits for the response.
_HTTP_STATEMENT_TIMEOUT_MS = 10_000


class ProcessType(StrEnum):
    """The purpose of a process; PostgreSQL shows it as `application_name` in `pg_stat_activity`."""

    HTTP = "veza http"
    WORKER = "veza worker"
    COMMAND = "veza command"


def open_database(
    settings: Settings, url: str, process_type: ProcessType
) -> AbstractAsyncContextManager[Database]:
    """Open the pool of a process."""
    is_http = process_type is ProcessType.HTTP
    return db.connect(
        url,
        max_size=settings.database_pool,
        statement_timeout_ms=_HTTP_STATEMENT_TIMEOUT_MS if is_http else db.STATEMENT_TIMEOUT_MS,
        name=process_type.value,
    )


@asynccontextmanager
async def open_replica(
    settings: Settings, process_type: ProcessType
) -> AsyncGenerator[Database | None]:
    """Open the pool of the replica in HTTP processes, which alone use it; None without one."""
    if settings.database_replica_url is None or process_type is not ProcessType.HTTP:
        yield None
        return
    async with db.connect(
        settings.database_replica_url,
        max_size=settings.database_pool,
        statement_timeout_ms=replica.STATEMENT_TIMEOUT_MS,
        patience_s=replica.ACQUIRE_TIMEOUT_S,
        name=f"{process_type.value} replica",
    ) as database:
        yield database
