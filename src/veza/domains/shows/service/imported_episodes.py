"""Imports the items of a feed, one after the other: each becomes a track, and an episode."""

import asyncio
from datetime import timedelta

import structlog

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import TooManyRequests, Unavailable, VezaError
from veza.core.ids import ShowId, TrackId
from veza.core.structs import copy_fields
from veza.domains.platform.uploads.errors import QuotaExceeded, QuotaOfObjectsExceeded
from veza.domains.shows.errors import FileUnreachable
from veza.domains.shows.models.episodes import (
    MAX_TRANSCRIPT_LENGTH,
    Chapter,
    StoredEpisode,
)
from veza.domains.shows.models.imports import ImportState, StoredImport, WaitingItem
from veza.domains.shows.queries import episodes as episode_queries
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.queries import shows as show_queries
from veza.domains.shows.queries import transcripts as transcript_queries
from veza.domains.shows.rules.foreign_feeds import read_chapters
from veza.domains.shows.service import transcripts
from veza.domains.shows.service.imported_files import (
    FileInterrupted,
    ImportCancelled,
    ItemRefused,
    as_refusal,
    fetch_track,
    find_upload,
)
from veza.domains.shows.service.importer import ShowImporter
from veza.infra.foreign_http.foreign_files import FileAway, NoFile

log = structlog.get_logger()

MAX_TRIES = 5
MAX_CHAPTERS_BYTES = 256 * 1024
# A run that fetched so much was worth it, and counts for nothing.
_PROGRESS_BYTES = 16 * 1024 * 1024
_FIRST_PAUSE = timedelta(minutes=1)
# Until other uploads of the member end, or their tracks are processed.
_PAUSE = timedelta(minutes=1)
_FULL = (QuotaExceeded, QuotaOfObjectsExceeded)


async def import_next(importer: ShowImporter, imported: StoredImport, owner: Member) -> bool:
    """Import the next item that is due; return False if the others have to wait, or none is left.

    A refusal is noted; what may pass is tried again later.
    """
    async with importer.database.read() as conn:
        item = await queries.find_next_item(conn, imported.id)
    if item is None or imported.show_id is None:
        await _finish(importer, imported)
        return False
    before = await _count_bytes(importer, owner, item)
    try:
        await _import_item(importer, imported.show_id, owner, item)
    except ImportCancelled:
        return False
    except (FileInterrupted, FileAway):
        await _try_later(importer, owner, item, before)
    except (Unavailable, TooManyRequests) as error:
        log.info("import_waits", import_id=str(imported.id), error=repr(error))
        async with importer.database.transaction(recorded=False) as tx:
            await queries.update_postponed(tx, item, item.tries, _PAUSE)
        # The others would wait for the same.
        return False
    except _FULL as error:
        # None of the others has room either.
        async with importer.database.transaction() as tx:
            await queries.update_all_failed(tx, imported.id, error.code)
    except (VezaError, NoFile, ItemRefused) as error:
        log.info("item_refused", import_id=str(imported.id), code=as_refusal(error))
        async with importer.database.transaction() as tx:
            await queries.update_failed(tx, item, as_refusal(error))
    return True


async def _import_item(
    importer: ShowImporter, show_id: ShowId, owner: Member, item: WaitingItem
) -> None:
    async with importer.database.read() as conn:
        is_there = await queries.episode_exists(conn, show_id, item.entry.guid)
    if is_there:
        async with importer.database.transaction() as tx:
            await queries.update_done(tx, item, None)
        return
    screening = importer.text_filters.screen(owner, item.entry, "title", "notes")
    track_id = await fetch_track(importer, owner, item)
    chapters = await _fetch_chapters(importer, item.entry.chapters_url)
    transcript = await _fetch_transcript(importer, item.entry.transcript_url)
    async with importer.database.transaction() as tx:
        # The track before its show, as all that change both do.
        is_there = await episode_queries.lock_track(tx, track_id)
        imported = await queries.lock_import(tx, item.import_id)
        if imported is None or not await queries.update_done(tx, item, track_id):
            raise ImportCancelled
        if not is_there:
            # Its owner has deleted it meanwhile.
            return
        await show_queries.lock_show(tx, show_id)
        episode = _place(show_id, track_id, item, chapters, is_published=imported.is_published)
        if await episode_queries.insert_episode(tx, episode) and transcript is not None:
            await transcript_queries.upsert_transcript(tx, track_id, transcript)
        await screening.report(tx, "track", track_id)
        await show_queries.touch_show(tx, show_id)


def _place(
    show_id: ShowId,
    track_id: TrackId,
    item: WaitingItem,
    chapters: list[Chapter],
    *,
    is_published: bool,
) -> StoredEpisode:
    """Return the episode of an item, with its date.

    One that is to be published is planned for that date: it is published, with its track, as soon
    as this is processed.
    """
    return copy_fields(
        StoredEpisode,
        item.entry,
        track_id=track_id,
        show_id=show_id,
        chapters=chapters,
        is_planned=is_published,
        updated_at=now(),
        has_transcript=False,
    )


async def _fetch_chapters(importer: ShowImporter, url: str | None) -> list[Chapter]:
    """Return chapters at an address; none if they can't be had."""
    if url is None:
        return []
    try:
        _, raw = await importer.files.read(url, max_bytes=MAX_CHAPTERS_BYTES)
    except (FileAway, NoFile) as error:
        log.info("chapters_not_imported", url=url, error=repr(error))
        return []
    return await asyncio.to_thread(read_chapters, raw)


async def _fetch_transcript(importer: ShowImporter, url: str | None) -> str | None:
    """Return the transcript at an address, as it is stored; None if it can't be had."""
    if url is None:
        return None
    try:
        _, raw = await importer.files.read(url, max_bytes=MAX_TRANSCRIPT_LENGTH)
        text = raw.decode(errors="replace").replace("\0", "")
        return await transcripts.write_vtt(await transcripts.read_cues(text))
    except (FileAway, NoFile, VezaError) as error:
        log.info("transcript_not_imported", url=url, error=repr(error))
        return None


async def _try_later(importer: ShowImporter, owner: Member, item: WaitingItem, before: int) -> None:
    """Postpone an item; after some tries without progress it has failed, and keeps what arrived."""
    async with importer.database.read() as conn:
        found = await queries.find_item(conn, item.import_id, item.position)
    if found is None:
        return
    has_progress = await _count_bytes(importer, owner, found) - before >= _PROGRESS_BYTES
    tries = item.tries if has_progress else item.tries + 1
    async with importer.database.transaction() as tx:
        if tries >= MAX_TRIES:
            await queries.update_failed(tx, found, FileUnreachable.code, keep_upload=True)
        else:
            pause = timedelta() if has_progress else _FIRST_PAUSE * 2**item.tries
            await queries.update_postponed(tx, found, tries, pause)


async def _count_bytes(importer: ShowImporter, owner: Member, item: WaitingItem) -> int:
    upload = await find_upload(importer, owner, item)
    return 0 if upload is None else upload.offset_bytes


async def _finish(importer: ShowImporter, imported: StoredImport) -> None:
    """Note that an import is over, unless items wait for a later try."""
    async with importer.database.transaction() as tx:
        found = await queries.lock_import(tx, imported.id)
        is_running = found is not None and found.state is ImportState.IMPORTING
        if is_running and await queries.find_finished(tx, imported.id):
            await queries.update_state(tx, imported.id, ImportState.DONE)
