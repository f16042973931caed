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
from veza.domains.shows.models.imports import (
    MAX_ITEMS,
    ForeignEpisode,
    ForeignFeed,
    ImportState,
    StoredImport,
)
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.rules.foreign_feeds import read_feed, read_page
from veza.domains.shows.rules.shows import make_guid
from veza.domains.shows.service import shows
from veza.domains.shows.service.importer import ShowImporter
from veza.domains.shows.service.imports import continue_import
from veza.infra.foreign_http.foreign_files import FileAway, FileTooLarge, NoFile
from veza.infra.postgres.database import Tx

log = structlog.get_logger()

# Of all its pages together.
MAX_FEED_BYTES = 8 * 1024 * 1024
MAX_PAGES = 200
PAGES_WITHIN_S = 600.0
_FILTERED_TEXTS = ("title", "description", "owner_text", "funding", "license")


async def import_show(importer: ShowImporter, imported: StoredImport, owner: Member) -> None:
    """Read a feed, and create its show and the list of its items. Notes a refusal."""
    try:
        url, raw = await _fetch(importer, imported.feed_url, MAX_FEED_BYTES)
        feed = await asyncio.to_thread(
            read_feed, raw, url, is_published=imported.is_published, moment=now()
        )
        if feed.is_locked:
            raise FeedLocked
        if not any(imported.code in text for text in feed.proofs):
            await _end(importer, imported, ImportState.UNPROVEN)
            return
        items = await _list_items(importer, feed, url, left=MAX_FEED_BYTES - len(raw))
        await _create_show(importer, imported, owner, feed, items)
    except Unavailable:
        raise
    except VezaError as error:
        log.info("feed_refused", import_id=str(imported.id), code=error.code)
        await _end(importer, imported, ImportState.FAILED, error.code)


async def _fetch(importer: ShowImporter, url: str, max_bytes: int) -> tuple[str, bytes]:
    """Return where a page of a feed was found, and the page. Raises why it isn't imported."""
    try:
        answer, raw = await importer.files.read(url, max_bytes=max_bytes)
    except FileTooLarge as error:
        raise FeedTooLarge from error
    except NoFile as error:
        raise NoFeed from error
    except FileAway as error:
        raise FeedUnreachable from error
    return answer.url, raw


async def _list_items(
    importer: ShowImporter, feed: ForeignFeed, url: str, *, left: int
) -> list[ForeignEpisode]:
    """Return the items of all pages of a feed, each guid once.

    `left` bytes may still be read. Raises FeedTooLarge, FeedUnreachable and NoFeed: without one of
    its pages nothing is imported, as episodes would be missed in silence.
    """
    found = {each.guid: each for each in feed.first.items}
    next_url, read = feed.first.next_url, {url}
    try:
        async with asyncio.timeout(PAGES_WITHIN_S):
            while next_url is not None and next_url not in read:
                read.add(next_url)
                if len(read) > MAX_PAGES:
                    raise FeedTooLarge
                url, raw = await _fetch(importer, next_url, left)
                left -= len(raw)
                page = await asyncio.to_thread(read_page, raw, url, moment=now())
                for each in page.items:
                    found.setdefault(each.guid, each)
                if len(found) > MAX_ITEMS:
                    raise FeedTooLarge
                next_url = page.next_url
    except TimeoutError as error:
        raise FeedUnreachable from error
    return list(found.values())


async def _create_show(
    importer: ShowImporter,
    imported: StoredImport,
    owner: Member,
    feed: ForeignFeed,
    items: list[ForeignEpisode],
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
        await queries.insert_items(tx, imported.id, items)
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
