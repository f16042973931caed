"""Publishes releases when their time has come; updates their search and players' catalogue."""

from datetime import timedelta
from uuid import UUID

from veza.core.clock import now
from veza.domains.music.releases.models.releases import DueRelease, PublishRelease
from veza.domains.music.releases.queries import catalogue, publication, search
from veza.domains.music.releases.service.publication import publish_due
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries

_BATCH = 500
# Processes that remember what players list read all of it again after a quarter of this time.
_CHANGES_KEPT = timedelta(hours=2)


async def enqueue_publications(database: Database) -> None:
    """Enqueue the publication of each release whose time has come."""
    moment = now()
    after: DueRelease | None = None
    while True:
        async with database.transaction() as tx:
            due = await publication.list_due(tx, moment, after=after, limit=_BATCH)
            for release in due:
                key = f"publish_release:{release.id}"
                await enqueue(tx, PublishRelease(release.id), key=key)
        if len(due) < _BATCH:
            return
        after = due[-1]


async def publish_release(database: Database, job: PublishRelease) -> None:
    """Publish a release. Running twice is safe: it is due once, unless it is scheduled again."""
    async with database.transaction() as tx:
        await publish_due(tx, job.release_id, now())


async def refresh_search(database: Database) -> None:
    """Update the popularity of releases in the search: the plays of their tracks."""
    await refresh_indexes(database, [search.RELEASES])


async def recount_search_words(database: Database) -> None:
    """Count how many releases have each word."""
    await recount_dictionaries(database, [search.RELEASES])


async def refresh_catalogue(database: Database) -> None:
    """Update the plays, likes and ratings by which players sort albums; delete old changes."""
    after: UUID | None = None
    while True:
        async with database.transaction(recorded=False) as tx:
            after = await catalogue.update_totals(tx, after)
        if after is None:
            break
    async with database.transaction(recorded=False) as tx:
        await catalogue.delete_changes(tx, _CHANGES_KEPT)
