"""Publishes planned episodes when their time has come, and keeps the search of shows current."""

from veza.core.clock import now
from veza.domains.shows.models.episodes import DueEpisode, PublishEpisode
from veza.domains.shows.queries import episodes as queries
from veza.domains.shows.queries import search
from veza.domains.shows.service.episodes import publish_due
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries

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
