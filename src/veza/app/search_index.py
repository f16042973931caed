"""Maintenance of the search indexes: updates after changes of members, and rebuilding."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from veza.app.domains import DOMAINS
from veza.core.ids import UserId
from veza.domains.auth.accounts.events import UserRenamed, UserSuspended, UserUnsuspended
from veza.domains.contributions import SearchableType
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

_TYPES: Sequence[SearchableType] = [
    wiring.searchable for wiring in DOMAINS.values() if wiring.searchable is not None
]


class IndexMember(Struct, frozen=True):
    """Job: index what a member published, who was renamed, suspended or unsuspended."""

    user_id: UserId


async def enqueue_indexing(tx: Tx, event: UserRenamed | UserSuspended | UserUnsuspended) -> None:
    """Enqueue the indexing of what a member published. Searches hide suspended members at once."""
    await enqueue(tx, IndexMember(event.user_id))


async def index_member(database: Database, job: IndexMember) -> None:
    """Index all that a member published. Safe to run twice, concurrently or late.

    Each batch is a transaction and uses the state at that moment.
    """
    for searchable in _TYPES:
        await _index_all(database, searchable, job.user_id)


async def rebuild_search(database: Database) -> None:
    """Index everything again, while the server runs, and count popularity and words."""
    for searchable in _TYPES:
        await _index_all(database, searchable, None)
    await refresh_search(database)
    await recount_search_words(database)


async def refresh_search(database: Database) -> None:
    """Update the popularity of what can be found, which decides what comes first."""
    for searchable in _TYPES:
        await searchable.refresh(database)


async def recount_search_words(database: Database) -> None:
    """Count the items of each word, and delete words that no item has."""
    for searchable in _TYPES:
        await searchable.recount_words(database)


async def _index_all(
    database: Database, searchable: SearchableType, user_id: UserId | None
) -> None:
    last: Any = None
    while True:
        async with database.transaction(recorded=False) as tx:
            indexed = await searchable.index_batch(tx, user_id, last)
        if not indexed:
            return
        last = indexed[-1]
