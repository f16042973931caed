"""Profiles begin, see, repeat and cancel the import of a show; jobs do what takes long."""

from contextlib import suppress
from secrets import token_hex

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import new_id
from veza.core.structs import copy_fields
from veza.core.web_links import read_link
from veza.domains.platform.uploads.errors import UploadNotFound
from veza.domains.platform.uploads.resumable.creation import terminate
from veza.domains.shows.errors import ImportRuns, NoImport
from veza.domains.shows.models.imports import (
    ITEMS_OF_PAGE,
    ImportEpisodes,
    ImportState,
    ReadFeed,
    ShowImport,
    ShowImportForm,
    StoredImport,
)
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.service.shows import lock_owner
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

_CODE_BYTES = 16
_RUNNING = {ImportState.READING, ImportState.IMPORTING}


async def begin_import(tx: Tx, owner: Member, form: ShowImportForm) -> ShowImport:
    """Begin an import in place of one that is over. Raises Invalid and ImportRuns.

    The code of an import of the same feed stays: it may be in the feed already.
    """
    url = read_link(form.feed_url.strip(), "feed_url")
    await lock_owner(tx, owner)
    former = await queries.find_import_of(tx, owner.id)
    is_same = former is not None and former.feed_url == url
    new = copy_fields(
        StoredImport,
        form,
        id=new_id(),
        owner_id=owner.id,
        feed_url=url,
        code=former.code if former is not None and is_same else token_hex(_CODE_BYTES),
        state=ImportState.READING,
        error=None,
        show_id=None,
        created_at=now(),
        updated_at=now(),
    )
    if not await queries.insert_import(tx, new):
        raise ImportRuns
    await continue_import(tx, new)
    return await get_import(tx, owner)


async def get_import(conn: Conn, owner: Member, after: int = -1) -> ShowImport:
    """Return the import of a profile, with the items after a position. Raises NoImport."""
    found = required(await queries.find_import_of(conn, owner.id), NoImport)
    items = await queries.list_items(conn, found.id, after=after, limit=ITEMS_OF_PAGE)
    counts = await queries.count_items(conn, found.id)
    return copy_fields(
        ShowImport,
        found,
        items_count=counts.items_count,
        done_count=counts.done_count,
        failed_count=counts.failed_count,
        items=items[:ITEMS_OF_PAGE],
        has_more=len(items) > ITEMS_OF_PAGE,
    )


async def retry_import(tx: Tx, owner: Member) -> ShowImport:
    """Read the feed again, or import again what failed. Raises NoImport and ImportRuns."""
    found = required(await queries.lock_import_of(tx, owner.id), NoImport)
    if found.state in _RUNNING:
        raise ImportRuns
    if found.show_id is None:
        await queries.update_state(tx, found.id, ImportState.READING)
    elif await queries.update_again(tx, found.id):
        await queries.update_state(tx, found.id, ImportState.IMPORTING)
    await continue_import(tx, required(await queries.find_import(tx, found.id), NoImport))
    return await get_import(tx, owner)


async def cancel_import(tx: Tx, owner: Member) -> StoredImport:
    """End the import of a profile. What was imported stays. Raises NoImport."""
    found = required(await queries.lock_import_of(tx, owner.id), NoImport)
    for upload_id in await queries.list_uploads(tx, found.id):
        with suppress(UploadNotFound):
            await terminate(tx, upload_id, owner)
    await queries.delete_import_of(tx, owner.id)
    return found


async def continue_import(tx: Tx, imported: StoredImport) -> None:
    """Enqueue what is next for an import that runs."""
    if imported.state is ImportState.READING:
        await enqueue(tx, ReadFeed(imported.id), key=f"read_feed:{imported.id}")
    elif imported.state is ImportState.IMPORTING:
        await enqueue(
            tx,
            ImportEpisodes(imported.id),
            key=f"import_episodes:{imported.id}",
            owner_id=imported.owner_id,
        )
