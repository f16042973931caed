"""Reads the feed of an import, and creates its show."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import structlog
from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unavailable, VezaError
from veza.core.ids import ImageId
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.domains.images.service.images import upload_image
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.domains.shows.errors import (
    FeedLocked,
    FeedTooLarge,
    FeedUnreachable,
    NoFeed,
    ShowExists,
)
from veza.domains.shows.models.imports import ForeignFeed, ImportState, StoredImport
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.rules.foreign_feeds import read_feed
from veza.domains.shows.rules.shows import make_guid
from veza.domains.shows.service import shows
from veza.domains.shows.service.importer import ShowImporter
from veza.domains.shows.service.imports import continue_import
from veza.infra.foreign_http.foreign_files import FileAway, FileTooLarge, NoFile
from veza.infra.postgres.database import Tx

log = structlog.get_logger()

MAX_FEED_BYTES = 8 * 1024 * 1024
_FILTERED_TEXTS = ("title", "description", "owner_text", "funding", "license")


async def import_show(importer: ShowImporter, imported: StoredImport, owner: Member) -> None:
    """Read a feed, and create its show and the list of its items. Notes a refusal."""
    try:
        feed = await _fetch_feed(importer, imported)
        if not any(imported.code in text for text in feed.proofs):
            await _end(importer, imported, ImportState.UNPROVEN)
            return
        await _create_show(importer, imported, owner, feed)
    except Unavailable:
        raise
    except VezaError as error:
        log.info("feed_refused", import_id=str(imported.id), code=error.code)
        await _end(importer, imported, ImportState.FAILED, error.code)


async def _fetch_feed(importer: ShowImporter, imported: StoredImport) -> ForeignFeed:
    """Return the feed of an import. Raises the reasons why it isn't imported."""
    try:
        _, raw = await importer.files.read(imported.feed_url, max_bytes=MAX_FEED_BYTES)
    except FileTooLarge as error:
        raise FeedTooLarge from error
    except NoFile as error:
        raise NoFeed from error
    except FileAway as error:
        raise FeedUnreachable from error
    feed = await asyncio.to_thread(read_feed, raw, is_published=imported.is_published, moment=now())
    if feed.is_locked:
        raise FeedLocked
    return feed


async def _create_show(
    importer: ShowImporter, imported: StoredImport, owner: Member, feed: ForeignFeed
) -> None:
    guid = feed.guid or make_guid(imported.feed_url)
    async with importer.database.read() as conn:
        if await queries.guid_exists(conn, guid):
            raise ShowExists
    screening = importer.text_filters.screen(owner, feed.form, *_FILTERED_TEXTS)
    cover_id = await _import_cover(importer, owner, feed.cover_url)
    form = structs.replace(feed.form, cover_image_id=cover_id)
    async with importer.database.transaction() as tx:
        if not await _is_read(tx, imported):
            return
        show = await shows.create_show(tx, owner, form, importer.urls, guid=guid)
        await screening.report(tx, "show", show.id)
        await queries.insert_items(tx, imported.id, feed.items)
        await queries.update_show(tx, imported.id, show.id)
        await continue_import(tx, structs.replace(imported, state=ImportState.IMPORTING))


async def _import_cover(importer: ShowImporter, owner: Member, url: str | None) -> ImageId | None:
    """Return the cover as an image of the owner; None if it can't be had."""
    if url is None:
        return None
    try:
        answer, content = await importer.files.read(url, max_bytes=MAX_IMAGE_BYTES)
        name = PurePosixPath(urlsplit(answer.url).path).name or "cover"
        form = PreparedForm(FileForm(), name, _pass(content), body_bytes=len(content))
        image = await upload_image(
            importer.resumable.uploads, importer.pictures, owner, form=form, urls=importer.urls
        )
    except (FileAway, NoFile, VezaError) as error:
        log.info("cover_not_imported", url=url, error=repr(error))
        return None
    return image.id


async def _pass(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _is_read(tx: Tx, imported: StoredImport) -> bool:
    """Lock an import; return whether its feed is still to be read."""
    found = await queries.lock_import(tx, imported.id)
    return found is not None and found.state is ImportState.READING


async def _end(
    importer: ShowImporter, imported: StoredImport, state: ImportState, error: str | None = None
) -> None:
    async with importer.database.transaction() as tx:
        if await _is_read(tx, imported):
            await queries.update_state(tx, imported.id, state, error)
