"""Publishes planned episodes, stores their downloads, and keeps the search of shows current."""

from datetime import timedelta

from veza.core.clock import now
from veza.domains.shows.models.episodes import DueEpisode, PublishEpisode
from veza.domains.shows.queries import downloads, search
from veza.domains.shows.queries import episodes as queries
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.domains.shows.service.episodes import publish_due
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries
from veza.infra.valkey.client import GONE

_BATCH = 500


async def enqueue_publications(database: Database) -> None:
    """Enqueue the publication of each episode whose time has come."""
    moment = now()
    after: DueEpisode | None = None
    while True:
        async with database.transaction() as tx:
            due = await queries.list_due(tx, moment, after=after, limit=_BATCH)
            for episode in due:
                key = f"publish_episode:{episode.track_id}"
                await enqueue(tx, PublishEpisode(episode.track_id), key=key)
        if len(due) < _BATCH:
            return
        after = due[-1]


async def publish_episode(database: Database, job: PublishEpisode) -> None:
    """Publish an episode. Running twice is safe: it is planned once."""
    async with database.transaction() as tx:
        await publish_due(tx, job.track_id, now())


async def refresh_search(database: Database) -> None:
    """Update the popularity of shows in the search: how many episodes they have, up to 100."""
    await refresh_indexes(database, [search.SHOWS])


async def recount_search_words(database: Database) -> None:
    """Count how many shows have each word."""
    await recount_dictionaries(database, [search.SHOWS])


async def store_downloads(database: Database, counter: DownloadCounter) -> None:
    """Store the downloads of today and yesterday. Counts are absolute: running twice is safe."""
    today = now().date()
    for day in (today - timedelta(days=1), today):
        try:
            async for counts in counter.list_counts(day):
                async with database.transaction(recorded=False) as tx:
                    await downloads.upsert_downloads(tx, counts)
        except GONE:
            # They are stored once Valkey is back.
            return
