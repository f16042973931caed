"""Fetches the file of an item into a resumable upload, which keeps what arrived, and makes a track.

A file goes on where it ended if it has not changed: its server is asked with `If-Range`. A process
that is killed loses the segment that it was storing.
"""

import time
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from veza.core.access import Member
from veza.core.errors import Unavailable, VezaError
from veza.core.ids import TrackId
from veza.core.visibility import Visibility
from veza.domains.platform.uploads.errors import UploadNotFound
from veza.domains.platform.uploads.models import (
    IncomingChunk,
    ResumableRequest,
    ResumableState,
    ResumableUpload,
)
from veza.domains.platform.uploads.resumable import completion, creation
from veza.domains.shows.errors import EpisodeFileMissing
from veza.domains.shows.models.imports import ForeignEpisode, WaitingItem
from veza.domains.shows.queries import imports as queries
from veza.domains.shows.service.importer import ShowImporter
from veza.infra.foreign_http.foreign_files import FileAnswer, FileAway, FileRange, NoFile

PURPOSE = "track"
# A file that takes longer goes on in the next job.
RUN_S = 600.0


class FileInterrupted(Unavailable):
    """A file broke off; what arrived is kept."""


class ImportCancelled(Exception):
    """The import is gone."""


class ItemRefused(Exception):
    """The file was refused before, for the reason of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def fetch_track(importer: ShowImporter, owner: Member, item: WaitingItem) -> TrackId:
    """Fetch the file of an item, or the rest of it; return the track that it became.

    Raises FileInterrupted, FileAway, ItemRefused, ImportCancelled, and the errors of uploads.
    """
    upload = await find_upload(importer, owner, item)
    if upload is not None and upload.state is ResumableState.FAILED:
        raise ItemRefused(upload.error_code or "error")
    if upload is not None and upload.state is ResumableState.RECEIVED:
        await completion.complete_received(importer.resumable, owner, upload.id)
        upload = await find_upload(importer, owner, item)
    elif upload is None or upload.state is ResumableState.RECEIVING:
        upload = await _receive(importer, owner, item, upload)
    if upload is None or upload.result_id is None:
        raise FileInterrupted
    return TrackId(upload.result_id)


async def find_upload(
    importer: ShowImporter, owner: Member, item: WaitingItem
) -> ResumableUpload | None:
    """Return the upload that an item began; None if there is none, or it has expired."""
    if item.upload_id is None:
        return None
    try:
        async with importer.database.read() as conn:
            return await creation.get(conn, item.upload_id, owner)
    except UploadNotFound:
        return None


async def _receive(
    importer: ShowImporter, owner: Member, item: WaitingItem, upload: ResumableUpload | None
) -> ResumableUpload:
    rest = None
    if upload is not None and item.validator is not None and not upload.is_deferred:
        rest = FileRange(upload.offset_bytes, item.validator) if upload.offset_bytes else None
    max_bytes = importer.resumable.purposes[PURPOSE].max_bytes
    files = importer.files.open(item.entry.audio_url, max_bytes=max_bytes, rest=rest)
    async with files as answer:
        is_same = upload is not None and rest is not None and answer.offset == rest.offset
        if upload is None or not is_same or answer.size != upload.length_bytes:
            await _discard(importer, owner, item, upload)
            if answer.offset != 0:
                # It has changed, and this is no beginning of it.
                raise FileAway("the file has changed")
            upload = await _create(importer, owner, item, answer)
        chunks = _pass(answer)
        chunk = IncomingChunk(answer.offset, chunks)
        found = await completion.receive(importer.resumable, owner, upload.id, chunk)
    if found.is_deferred:
        end = IncomingChunk(found.offset_bytes, _nothing(), length_bytes=found.offset_bytes)
        return await completion.receive(importer.resumable, owner, upload.id, end)
    return found


async def _create(
    importer: ShowImporter, owner: Member, item: WaitingItem, answer: FileAnswer
) -> ResumableUpload:
    """Create an upload for the file of an item, and note it."""
    request = ResumableRequest(answer.size, _describe(item.entry, answer))
    async with importer.database.transaction(recorded=False) as tx:
        upload = await creation.create(importer.resumable, tx, owner, request)
        if not await queries.update_upload(tx, item, upload.id, answer.validator):
            raise ImportCancelled
    return upload


async def _discard(
    importer: ShowImporter, owner: Member, item: WaitingItem, upload: ResumableUpload | None
) -> None:
    """Delete what arrived of a file that can't be continued."""
    if upload is None:
        return
    async with importer.database.transaction(recorded=False) as tx:
        await creation.terminate(tx, upload.id, owner)
        await queries.update_upload(tx, item, None, None)


def _describe(entry: ForeignEpisode, answer: FileAnswer) -> str:
    """Return the metadata of an upload, as clients send them."""
    name = PurePosixPath(unquote(urlsplit(answer.url).path)).name
    fields = {
        "purpose": PURPOSE,
        "filename": name[:200] or "episode",
        "title": entry.title,
        # The episode is published with its track, once that is processed.
        "visibility": Visibility.PRIVATE,
        "is_explicit": "true" if entry.is_explicit else "false",
    }
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in fields.items())


async def _pass(answer: FileAnswer) -> AsyncIterator[bytes]:
    """Pass the bytes of a file on, for some minutes at most. Raises FileInterrupted."""
    until = time.monotonic() + RUN_S
    try:
        async for piece in answer.chunks:
            yield piece
            if time.monotonic() > until:
                raise FileInterrupted
    except FileAway as error:
        raise FileInterrupted from error
    except NoFile as error:
        raise EpisodeFileMissing from error


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def as_refusal(error: VezaError | NoFile | ItemRefused) -> str:
    """Return the code of why an item can't be imported."""
    return EpisodeFileMissing.code if isinstance(error, NoFile) else error.code
