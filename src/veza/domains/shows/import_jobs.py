"""Reads feeds that are imported, and fetches their files, one at a time of each import."""

from uuid import UUID

from veza.domains.shows.errors import FeedUnreachable
from veza.domains.shows.models.imports import ImportEpisodes, ImportState, ReadFeed, StoredImport
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.service.imported_episodes import import_next
from veza.domains.shows.service.imported_shows import import_show
from veza.domains.shows.service.importer import ShowImporter
from veza.domains.shows.service.imports import continue_import
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database


async def continue_imports(database: Database) -> None:
    """Enqueue what is next for each import that runs: files that are tried again, too."""
    async with database.transaction(recorded=False) as tx:
        for imported in await queries.list_running(tx):
            await continue_import(tx, imported)


async def read_feed(importer: ShowImporter, job: ReadFeed) -> None:
    """Read the feed of an import. Running twice is safe: its show is created once."""
    found = await _find(importer, job.import_id, ImportState.READING)
    async with importer.database.read() as conn:
        owner = await queries.find_owner(conn, job.import_id)
    if found is not None and owner is not None:
        await import_show(importer, found, owner)


async def give_up_feed(importer: ShowImporter, job: ReadFeed) -> None:
    """Note that a feed could not be read."""
    async with importer.database.transaction() as tx:
        found = await queries.lock_import(tx, job.import_id)
        if found is not None and found.state is ImportState.READING:
            await queries.update_state(tx, found.id, ImportState.FAILED, FeedUnreachable.code)


async def import_episodes(importer: ShowImporter, job: ImportEpisodes) -> None:
    """Import the next item of a feed, and enqueue the one after it.

    Running twice is safe: an item becomes an episode once. A killed job goes on where it was.
    """
    found = await _find(importer, job.import_id, ImportState.IMPORTING)
    async with importer.database.read() as conn:
        owner = await queries.find_owner(conn, job.import_id)
    if found is None or owner is None or not await import_next(importer, found, owner):
        return
    async with importer.database.transaction(recorded=False) as tx:
        key = f"import_episodes:{found.id}"
        await enqueue(tx, job, key=key, also_while_running=True, owner_id=found.owner_id)


async def _find(importer: ShowImporter, import_id: UUID, state: ImportState) -> StoredImport | None:
    """Return an import that is in a state; None if it is not, or cancelled."""
    async with importer.database.read() as conn:
        found = await queries.find_import(conn, import_id)
    return found if found is not None and found.state is state else None
