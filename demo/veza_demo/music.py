"""Uploads the pieces of the demonstration with their covers."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from veza.app.services import Services
from veza.core.access import Member
from veza.core.errors import CannotStart
from veza.core.ids import TrackId, UserId
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.credits.models import ArtistForm, CreditedProfile
from veza.domains.music.tracks.models.forms import TrackUpload
from veza.domains.music.tracks.service import track_changes
from veza.domains.platform.uploads.models import PreparedForm
from veza_demo.covers import render_cover
from veza_demo.existing import find_track
from veza_demo.pieces import Piece, render, write_wav

_CHUNK_BYTES = 1024 * 1024
_NO_URLS = UrlBuilder("", UrlSigner(b"", ""), 0)


async def upload_piece(
    services: Services, publisher: Member, piece: Piece, artist_id: UserId | None = None
) -> TrackId:
    """Render a piece and upload it with its cover, unless an earlier run has done it.

    A track whose processing failed is deleted and uploaded again. Without `artist_id` the publisher
    is the artist.
    """
    async with services.database.read() as conn:
        found = await find_track(conn, publisher, piece.title)
    if found is not None and found.status != TrackStatus.FAILED:
        return found.id
    if found is not None:
        async with services.database.transaction() as tx:
            await track_changes.delete_track(tx, found.id, publisher)
    artists = None if artist_id is None else [ArtistForm(profile=CreditedProfile(artist_id))]
    return await _upload(services, publisher, piece, artists)


async def _upload(
    services: Services, publisher: Member, piece: Piece, artists: list[ArtistForm] | None
) -> TrackId:
    fields = TrackUpload(
        artists=artists,
        title=piece.title,
        description=piece.description,
        genre=piece.genre,
        tags=list(piece.tags),
        visibility=Visibility(piece.visibility),
        downloadable=piece.is_downloadable,
    )
    picture = await asyncio.to_thread(render_cover, piece)
    storage = services.audio_storage
    with tempfile.TemporaryDirectory(dir=storage.folder) as folder:
        path = await _write_audio(storage.limits.ffmpeg, Path(folder), piece)
        form = PreparedForm(fields, path.name, _read(path), {"cover": chunks_of(picture)})
        track = await track_uploads.upload_track(
            services.uploads,
            storage,
            publisher,
            form=form,
            urls=UrlBuilder("", UrlSigner(b"", ""), 0),
        )
    return track.id


async def _write_audio(ffmpeg: Path, folder: Path, piece: Piece) -> Path:
    """Render a piece and convert it to the format in which its artist uploads it."""
    wav = folder / f"{piece.slug}.wav"
    await asyncio.to_thread(lambda: write_wav(wav, render(piece)))
    if piece.file_format == "wav":
        return wav
    target = wav.with_suffix(f".{piece.file_format}")
    quality = ["-b:a", "320k"] if piece.file_format == "mp3" else []
    process = await asyncio.create_subprocess_exec(
        str(ffmpeg), "-v", "error", "-i", str(wav), *quality, str(target)
    )
    if await process.wait() != 0:
        raise CannotStart(f"ffmpeg could not write {target.name}.")
    return target


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    """Yield content that is in memory, as an upload of a single chunk."""
    yield content
