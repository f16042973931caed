"""Expensive reads: few run at once in each process, each with a short statement timeout.

A route declares `expensive=SEARCH`, or `expensive=SEARCH.only_with("q")` if a query parameter makes
it expensive; `REPORT` is for routes of staff, and for statements of sellers. Both use at most half
of the connection pool.

An answer of more than some hundred rows is expensive too: it is made in pieces, see
`infra.concurrency.pieces`, in a block of `dependencies.expensive_work`, which holds the slot until
the answer is encoded.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct, structs

from veza.core.addresses import network_of
from veza.infra.concurrency.fair_limiter import FairLimiter, FairLimits
from veza.infra.postgres.database import Conn, Database
from veza.infra.postgres.replica import ReplicaReads

# Statement timeouts.
_SEARCH_TIMEOUT_MS = 1_000
_REPORT_TIMEOUT_MS = 10_000


class ExpensiveKind(StrEnum):
    """The kind of an expensive read: of anybody, or of staff."""

    SEARCH = "search"
    REPORT = "report"


class Expensive(Struct, frozen=True):
    """Declares a route as expensive, always or only with one of some query parameters.

    Its statements are `planned_once` for all values if running them takes less than planning them,
    and all values have the same plan.
    """

    kind: ExpensiveKind
    parameters: tuple[str, ...] = ()
    planned_once: bool = False

    def only_with(self, *parameters: str) -> Self:
        """Return a copy for routes that are expensive only with one of these query parameters."""
        return structs.replace(self, parameters=parameters)

    def applies_to(self, query: Mapping[str, Any]) -> bool:
        """Return whether a request with this query is expensive."""
        return not self.parameters or any(name in query for name in self.parameters)


SEARCH = Expensive(ExpensiveKind.SEARCH)
# By an index of words: see `infra.postgres.search_index`.
WORD_SEARCH = Expensive(ExpensiveKind.SEARCH, planned_once=True)
REPORT = Expensive(ExpensiveKind.REPORT)


class ExpensiveReads:
    """Provides connections for expensive reads, limited for each process."""

    def __init__(
        self, database: Database, replica_reads: ReplicaReads, searches_at_once: int
    ) -> None:
        self._database = database
        self._replica_reads = replica_reads
        # At least one connection of the pool is left for everything else.
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
                    # An address may use half of the places, at least one.
                    running_per_client=max(1, running // 2),
                    waiting=32,
                    # The first page of a music player asks for as many lists at once.
                    waiting_per_client=8,
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
    async def read(
        self, expensive: Expensive, address: str, *, may_be_old: bool = False
    ) -> AsyncGenerator[Conn]:
        """Provide a connection for a client. Raises ServerBusy, StatementTimedOut.

        With `may_be_old` it may be one to the replica, see `ReplicaReads`.
        """
        async with (
            self.admitted(expensive.kind, address),
            self.read_admitted(expensive, may_be_old=may_be_old) as conn,
        ):
            yield conn

    def admitted(self, kind: ExpensiveKind, address: str) -> AbstractAsyncContextManager[None]:
        """Hold one of the slots, for a client. Raises ServerBusy."""
        return self._admissions[kind].admitted(network_of(address))

    def read_admitted(
        self, expensive: Expensive, *, may_be_old: bool = False
    ) -> AbstractAsyncContextManager[Conn]:
        """Provide a connection to the holder of a slot. Raises StatementTimedOut."""
        database = self._replica_reads if may_be_old else self._database
        timeout_ms = self._timeouts_ms[expensive.kind]
        return database.brief_read(timeout_ms, planned_once=expensive.planned_once)
