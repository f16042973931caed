"""Maintenance of the search indexes: updates after changes of members, and rebuilding."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.auth.accounts.events import UserRenamed, UserSuspended, UserUnsuspended
from veza.domains.marketplace.products import jobs as product_jobs
from veza.domains.marketplace.products import service as products
from veza.domains.music.playlists import jobs as playlist_jobs
from veza.domains.music.playlists.service import search as playlists
from veza.domains.music.releases import jobs as release_jobs
from veza.domains.music.releases.service import search as releases
from veza.domains.music.tracks import jobs as track_jobs
from veza.domains.music.tracks import service as tracks
from veza.domains.social.posts import jobs as post_jobs
from veza.domains.social.posts import service as posts
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

type IndexBatch = Callable[[Tx, UserId | None, Any], Awaitable[Sequence[Any]]]

# Each indexes the next items of a member, or of all.
_BATCHES: list[IndexBatch] = [
    tracks.index_batch,
    releases.index_batch,
    playlists.index_batch,
    products.index_batch,
    posts.index_batch,
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
    for index_batch in _BATCHES:
        await _index_all(database, index_batch, job.user_id)


async def rebuild_search(database: Database) -> None:
    """Index everything again, while the server runs, and count popularity and words."""
    for index_batch in _BATCHES:
        await _index_all(database, index_batch, None)
    await refresh_search(database)
    await recount_search_words(database)


async def refresh_search(database: Database) -> None:
    """Update the popularity of what can be found, which decides what comes first."""
    await track_jobs.refresh_search(database)
    await release_jobs.refresh_search(database)
    await playlist_jobs.refresh_search(database)
    await product_jobs.refresh_search(database)
    await post_jobs.refresh_search(database)


async def recount_search_words(database: Database) -> None:
    """Count the items of each word, and delete words that no item has."""
    await track_jobs.recount_search_words(database)
    await release_jobs.recount_search_words(database)
    await playlist_jobs.recount_search_words(database)
    await product_jobs.recount_search_words(database)
    await post_jobs.recount_search_words(database)


async def _index_all(database: Database, index_batch: IndexBatch, user_id: UserId | None) -> None:
    last: Any = None
    while True:
        async with database.transaction(recorded=False) as tx:
            indexed = await index_batch(tx, user_id, last)
        if not indexed:
            return
        last = indexed[-1]
