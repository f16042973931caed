"""Publishes planned episodes, stores downloads, notifies hubs, and keeps the search current.

Feeds of other servers are imported, one file of each import at a time.

Hubs of WebSub are notified about public shows, once a minute at most about each.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from veza.core.clock import now
from veza.core.ids import ShowId
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.music.tracks.events import TrackChanged, TrackReady
from veza.domains.shows.errors import FeedUnreachable
from veza.domains.shows.models.episodes import DueEpisode, PublishEpisode
from veza.domains.shows.models.hubs import FeedHubs, PingHub
from veza.domains.shows.models.imports import ImportEpisodes, ImportState, ReadFeed, StoredImport
from veza.domains.shows.queries import changed_feeds, downloads, imports, search
from veza.domains.shows.queries import episodes as queries
from veza.domains.shows.rules.shows import feed_path
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.domains.shows.service.episodes import publish_due
from veza.domains.shows.service.imported_episodes import import_next
from veza.domains.shows.service.imported_shows import import_show
from veza.domains.shows.service.importer import ShowImporter
from veza.domains.shows.service.imports import continue_import
from veza.infra.foreign_http.hubs import HubAnswer, HubClient
from veza.infra.jobs.queue import RetryLater, enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries
from veza.infra.valkey.client import GONE

log = structlog.get_logger()

_BATCH = 500
_FIRST_PAUSE = timedelta(minutes=1)


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


async def note_track(tx: Tx, event: TrackReady | TrackChanged) -> None:
    """Note that the feed with a track has changed."""
    await changed_feeds.insert_changed_by(tx, event.track_id)


async def note_owner(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Note that the feeds of a profile have gone, or are back."""
    await changed_feeds.insert_changed_of(tx, event.user_id)


async def announce_feeds(database: Database, hubs: FeedHubs) -> None:
    """Enqueue a job for each hub and each feed that has changed since the last run."""
    while True:
        async with database.transaction(recorded=False) as tx:
            taken = await changed_feeds.take_changed(tx, limit=_BATCH)
            if hubs.addresses and taken:
                await _announce(tx, hubs, sorted(set(taken)))
        if len(taken) < _BATCH:
            return


async def _announce(tx: Tx, hubs: FeedHubs, show_ids: Sequence[ShowId]) -> None:
    """Enqueue notifications of feeds that are public, or were when hubs were last notified."""
    found = await changed_feeds.list_feeds(tx, show_ids)
    turned = [feed.show_id for feed in found if feed.is_announced != feed.is_public]
    await changed_feeds.update_announced(tx, turned)
    for feed in found:
        if feed.is_announced or feed.is_public:
            for hub in hubs.addresses:
                key = f"ping_hub:{feed.show_id}:{hub}"
                # A running job may have notified the hub before this change.
                await enqueue(tx, PingHub(feed.show_id, hub), key=key, also_while_running=True)


async def ping_hub(hubs: FeedHubs, client: HubClient, job: PingHub) -> None:
    """Notify a hub that the feed of a show has changed.

    May run twice: the hub then reads the feed once more. Raises RetryLater if it can't be reached.
    """
    if job.hub not in hubs.addresses:
        # It is not in the settings any more.
        return
    answer = await client.publish(job.hub, hubs.origin + feed_path(job.show_id))
    if answer is HubAnswer.REFUSED:
        log.warning("hub_refused", hub=job.hub, show_id=str(job.show_id))
    if answer is HubAnswer.UNAVAILABLE:
        raise RetryLater(_FIRST_PAUSE)


async def continue_imports(database: Database) -> None:
    """Enqueue what is next for each import that runs: files that are tried again, too."""
    async with database.transaction(recorded=False) as tx:
        for imported in await imports.list_running(tx):
            await continue_import(tx, imported)


async def read_feed(importer: ShowImporter, job: ReadFeed) -> None:
    """Read the feed of an import. Running twice is safe: its show is created once."""
    found = await _find(importer, job.import_id, ImportState.READING)
    async with importer.database.read() as conn:
        owner = await imports.find_owner(conn, job.import_id)
    if found is not None and owner is not None:
        await import_show(importer, found, owner)


async def give_up_feed(importer: ShowImporter, job: ReadFeed) -> None:
    """Note that a feed could not be read."""
    async with importer.database.transaction() as tx:
        found = await imports.lock_import(tx, job.import_id)
        if found is not None and found.state is ImportState.READING:
            await imports.update_state(tx, found.id, ImportState.FAILED, FeedUnreachable.code)


async def import_episodes(importer: ShowImporter, job: ImportEpisodes) -> None:
    """Import the next item of a feed, and enqueue the one after it.

    Running twice is safe: an item becomes an episode once. A killed job goes on where it was.
    """
    found = await _find(importer, job.import_id, ImportState.IMPORTING)
    async with importer.database.read() as conn:
        owner = await imports.find_owner(conn, job.import_id)
    if found is None or owner is None or not await import_next(importer, found, owner):
        return
    async with importer.database.transaction(recorded=False) as tx:
        key = f"import_episodes:{found.id}"
        await enqueue(tx, job, key=key, also_while_running=True, owner_id=found.owner_id)


async def _find(importer: ShowImporter, import_id: UUID, state: ImportState) -> StoredImport | None:
    """Return an import that is in a state; None if it is not, or cancelled."""
    async with importer.database.read() as conn:
        found = await imports.find_import(conn, import_id)
    return found if found is not None and found.state is state else None
