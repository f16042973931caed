"""Requests that cost the database much: few run at once, each for a short time.

A route says so beside its path: `expensive=SEARCH`, or `expensive=SEARCH.only_with("q")` where it
is a parameter that makes it expensive. What a stranger can cause is a search, what only staff can
is a report. Both use the ordinary connections, of which they never have more than a few.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct, structs

from veza.core.addresses import network_of
from veza.infra.concurrency.fair_limiter import FairLimiter, FairLimits
from veza.infra.postgres.database import Conn, Database

# How long the database works on one statement.
_SEARCH_TIMEOUT_MS = 1_000
_REPORT_TIMEOUT_MS = 10_000


class ExpensiveKind(StrEnum):
    """Who can cause the cost: anybody, or staff."""

    SEARCH = "search"
    REPORT = "report"


class Expensive(Struct, frozen=True):
    """Says beside a route's path that it is expensive, and with which parameters: any, if none."""

    kind: ExpensiveKind
    parameters: tuple[str, ...] = ()

    def only_with(self, *parameters: str) -> Self:
        """Say that the route is expensive only where one of these query parameters is given."""
        return structs.replace(self, parameters=parameters)

    def holds_for(self, query: Mapping[str, Any]) -> bool:
        """Return whether a request with this query is expensive."""
        return not self.parameters or any(name in query for name in self.parameters)


SEARCH = Expensive(ExpensiveKind.SEARCH)
REPORT = Expensive(ExpensiveKind.REPORT)


class ExpensiveReads:
    """Lends connections for expensive reads, within bounds for each process."""

    def __init__(self, database: Database, searches_at_once: int) -> None:
        self._database = database
        # However small the pool is, one of its connections is left for everything else.
        running = max(1, min(searches_at_once, database.pool.max_size // 2))
        self._timeouts_ms = {
            ExpensiveKind.SEARCH: _SEARCH_TIMEOUT_MS,
            ExpensiveKind.REPORT: _REPORT_TIMEOUT_MS,
        }
        self._admissions = {
            ExpensiveKind.SEARCH: FairLimiter(
                ExpensiveKind.SEARCH,
                FairLimits(
                    running=running,
                    # One address can't have all the places, unless there is only one.
                    running_per_client=max(1, running // 2),
                    waiting=32,
                    waiting_per_client=4,
                    patience_s=2.0,
                ),
            ),
            ExpensiveKind.REPORT: FairLimiter(
                ExpensiveKind.REPORT,
                FairLimits(
                    running=1, running_per_client=1, waiting=8, waiting_per_client=4, patience_s=5.0
                ),
            ),
        }

    @asynccontextmanager
    async def read(self, kind: ExpensiveKind, address: str) -> AsyncGenerator[Conn]:
        """Lend a connection to the request of a client. Raises ServerBusy, StatementTimedOut."""
        async with (
            self._admissions[kind].admitted(network_of(address)),
            self._database.brief_read(self._timeouts_ms[kind]) as conn,
        ):
            yield conn
