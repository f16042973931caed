"""Builds an archive: converts and tags each track, and streams the ZIP to the storage."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import structlog
from msgspec import Struct

from veza.core.chunks import bounded
from veza.core.embedded_tags import TaggedPerson
from veza.core.errors import Unavailable
from veza.domains.images import rules as image_rules
from veza.domains.marketplace.archives import rules
from veza.domains.marketplace.archives.errors import ArchiveTooLarge
from veza.domains.marketplace.archives.events import ArchiveReady
from veza.domains.marketplace.archives.models import (
    ArchiveContents,
    ArchivedCredit,
    ArchivedLyrics,
    ArchivedTrack,
    StoredArchive,
)
from veza.domains.marketplace.archives.queries import archives, contents
from veza.domains.marketplace.archives.service import ArchiveStorage
from veza.domains.marketplace.products.models.files import ArchiveFormat
from veza.domains.music.audio import covers as audio_covers
from veza.domains.music.audio import rules as audio_rules
from veza.domains.music.credits.models import ARTIST
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.media.audio_targets import AudioTarget, SourceAudio, is_copied, kind_of
from veza.infra.media.conversion import ConversionFailure, convert, read_progress
from veza.infra.media.images import UnreadableImage, make_cover
from veza.infra.media.sniff_audio import EXTENSIONS, AudioKind
from veza.infra.media.track_tags import TrackTags, write_tags
from veza.infra.postgres.database import Database
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import StoredObject
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

log = structlog.get_logger()

_CHUNK = 256 * 1024
_REPORT_INTERVAL_S = 2.0
# Raw AAC has no place for tags.
_UNTAGGED = {AudioKind.AAC}


class ArchiveSuperseded(Exception):
    """The archive or its release was deleted or replaced, or another try at it is running."""


class BuildRefused(Exception):
    """The archive can't be built; `reason` is a sentence for the member."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Covers(Struct, frozen=True):
    """The cover of a release, and a smaller copy for the tags. Both are JPEG."""

    whole: Path
    embedded: Path


class _MadeTrack(Struct, frozen=True):
    """A file for the archive: `path` is where it is, `suffix` how its name ends."""

    path: Path
    suffix: str


class ArchiveBuilder:
    """A try at an archive. `folder` is for temporary files: those of one track at a time."""

    def __init__(
        self, database: Database, storage: ArchiveStorage, archive: StoredArchive, folder: Path
    ) -> None:
        self._database = database
        self._storage = storage
        self._archive = archive
        self._folder = folder
        self._done_ms = self._total_ms = 0

    async def build(self) -> None:
        """Build the archive, again if the release changes meanwhile.

        Raises ArchiveSuperseded, BuildRefused and ArchiveTooLarge.
        """
        for _ in range(rules.MAX_RESTARTS):
            found = await self._read()
            try:
                stored = await self._store(found)
            except ObjectMissing:
                # A track or the cover was deleted.
                continue
            if await self._finish(found, stored):
                log.info("archive_built", size_bytes=stored.size, tracks=len(found.tracks))
                return
        raise BuildRefused(rules.RELEASE_CHANGING)

    async def _read(self) -> ArchiveContents:
        """Return what is on the release now, and record its version."""
        release_id = self._archive.release_id
        if release_id is None:
            raise ArchiveSuperseded
        async with self._database.snapshot() as conn:
            state = await contents.find_state(conn, release_id)
            release = await contents.find_release(conn, release_id)
            if state is None or release is None:
                raise ArchiveSuperseded
            tracks = await contents.list_tracks(conn, release_id)
            found = ArchiveContents(
                state, release, tracks, await contents.list_credits(conn, release_id)
            )
        reason = rules.why_not_built(state, self._archive.format)
        if reason is not None:
            raise BuildRefused(reason)
        name = rules.archive_name(state, self._archive.format)
        async with self._database.transaction() as tx:
            if not await archives.update_version(tx, self._archive, state.version, name):
                raise ArchiveSuperseded
        self._done_ms, self._total_ms = 0, sum(track.duration_ms for track in tracks)
        return found

    async def _store(self, found: ArchiveContents) -> StoredObject:
        """Write the archive to the storage. Raises ArchiveTooLarge and ObjectMissing."""
        entries = self._list_entries(found)
        async with (
            aclosing(entries),
            aclosing(write_archive(entries, ArchiveChecksums())) as chunks,
        ):
            limited = bounded(chunks, self._storage.max_bytes, ArchiveTooLarge)
            key = rules.archive_key(self._archive)
            return await self._storage.audio.storage.put_stream(key, limited)

    async def _finish(self, found: ArchiveContents, stored: StoredObject) -> bool:
        """Mark the archive as ready; return False if the release has changed meanwhile."""
        async with self._database.transaction() as tx:
            state = await contents.find_state(tx, found.release.id)
            if state is None or state.version != found.state.version:
                return False
            if not await archives.update_ready(tx, self._archive, stored.size, stored.sha256):
                raise ArchiveSuperseded
            user_ids = await archives.delete_requests(tx, self._archive.id)
            if user_ids:
                await emit(tx, ArchiveReady(self._archive.id, found.release.id, user_ids))
            excess = await archives.delete_excess(tx, self._storage.max_bytes)
            if excess:
                await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in excess]))
        return True

    async def _list_entries(self, found: ArchiveContents) -> AsyncGenerator[ArchiveEntry]:
        covers = await self._fetch_covers(found)
        shown = covers.whole if covers else None
        for track in found.tracks:
            path = rules.track_path(track, found.tracks)
            with tempfile.TemporaryDirectory(dir=self._folder) as name:
                lyrics = await self._find_lyrics(track)
                cover = covers.embedded if covers else await self._fetch_track_cover(track)
                made = await self._make_track(found, track, lyrics, cover=cover, folder=Path(name))
                yield self._file_entry(path + made.suffix, made.path)
            if lyrics and lyrics.synced:
                yield self._text_entry(f"{path}.lrc", lyrics.synced + "\n")
            shown = shown or cover
            await self._advance(track)
        if shown:
            yield self._file_entry("cover.jpg", shown)
        yield self._text_entry("credits.txt", rules.write_credits(found, self._archive.format))

    async def _fetch_covers(self, found: ArchiveContents) -> _Covers | None:
        cover_id = found.release.cover_image_id
        if cover_id is None:
            return None
        covers = _Covers(self._folder / "cover.jpg", self._folder / "embedded.jpg")
        # The build may be repeated with another cover.
        covers.whole.unlink(missing_ok=True)
        await self._storage.audio.storage.fetch(image_rules.key_of(cover_id), covers.whole)
        try:
            await make_cover(
                covers.whole, covers.embedded, ffmpeg=self._storage.audio.limits.ffmpeg
            )
        except UnreadableImage:
            return None
        return covers

    async def _fetch_track_cover(self, track: ArchivedTrack) -> Path | None:
        """Return the cover of a track of a release that has none."""
        if not track.has_cover:
            return None
        picture = self._folder / f"{track.id}.jpg"
        if not picture.exists():
            storage = self._storage.audio.storage
            chunks = audio_covers.read_cover(storage, track.id, track.cover_image_id)
            picture.write_bytes(b"".join([chunk async for chunk in chunks]))
        return picture

    async def _find_lyrics(self, track: ArchivedTrack) -> ArchivedLyrics | None:
        async with self._database.read() as conn:
            return await contents.find_lyrics(conn, track.id)

    async def _make_track(
        self,
        found: ArchiveContents,
        track: ArchivedTrack,
        lyrics: ArchivedLyrics | None,
        *,
        cover: Path | None,
        folder: Path,
    ) -> _MadeTrack:
        """Convert and tag a track. Raises BuildRefused and ObjectMissing."""
        original = folder / "original"
        await self._storage.audio.storage.fetch(audio_rules.original_key(track.id), original)
        source = SourceAudio(
            original,
            AudioKind(track.kind),
            track.duration_ms / 1000,
            track.sample_rate,
            track.channels,
        )
        target = None
        if self._archive.format is not ArchiveFormat.ORIGINAL:
            target = AudioTarget(self._archive.format)
        kind = source.kind if target is None else kind_of(target)
        made = folder / f"track{EXTENSIONS[kind]}"
        is_copy = target is None or is_copied(source.kind, target)
        if target is None:
            await asyncio.to_thread(shutil.copyfile, original, made)
        else:
            await self._convert(source, made, target, track=track)
        tags = _tags_of(found, track, lyrics)
        if kind not in _UNTAGGED and not await write_tags(made, kind, tags, cover):
            if not is_copy:
                raise RuntimeError("A converted file could not be tagged.")
            # A damaged container: better without tags than not at all.
            await asyncio.to_thread(shutil.copyfile, original, made)
        return _MadeTrack(made, EXTENSIONS[kind])

    async def _convert(
        self, source: SourceAudio, made: Path, target: AudioTarget, *, track: ArchivedTrack
    ) -> None:
        async with self._reporting(made.parent):
            try:
                await convert(source, made, target, limits=self._storage.audio.limits)
            except ConversionFailure as error:
                log.warning("conversion_failed", track=str(track.id), error=str(error))
                raise BuildRefused(f"“{track.title}” could not be converted.") from error

    @asynccontextmanager
    async def _reporting(self, folder: Path) -> AsyncGenerator[None]:
        """Store the progress from time to time while a track is converted."""
        task = asyncio.create_task(self._report(folder))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, ArchiveSuperseded, Unavailable):
                await task

    async def _report(self, folder: Path) -> None:
        while True:
            await asyncio.sleep(_REPORT_INTERVAL_S)
            seconds = await asyncio.to_thread(read_progress, folder)
            await self._store_progress(self._done_ms + 1000 * seconds)

    async def _advance(self, track: ArchivedTrack) -> None:
        """Count a finished track. Raises ArchiveSuperseded."""
        self._done_ms += track.duration_ms
        await self._store_progress(self._done_ms)

    async def _store_progress(self, done_ms: float) -> None:
        progress = min(0.99, done_ms / max(1, self._total_ms))
        async with self._database.transaction() as tx:
            if not await archives.update_progress(tx, self._archive, progress):
                raise ArchiveSuperseded

    def _file_entry(self, path: str, file: Path) -> ArchiveEntry:
        size = file.stat().st_size
        return ArchiveEntry(path, _read_file(file), size, self._archive.created_at, is_packed=True)

    def _text_entry(self, path: str, text: str) -> ArchiveEntry:
        content = text.encode()
        chunks = _single_chunk(content)
        # Stored as well: an archive is not compressed at all.
        return ArchiveEntry(path, chunks, len(content), self._archive.created_at, is_packed=True)


def _tags_of(
    found: ArchiveContents, track: ArchivedTrack, lyrics: ArchivedLyrics | None
) -> TrackTags:
    release = found.release
    numbers = [each.number for each in found.tracks if each.disc == track.disc]
    released = str(release.release_date or track.year or "")
    album_artists = _names_of(release.artist_name, found.credits)
    album_ids = _ids_of(found.credits, release.musicbrainz_id)
    return TrackTags(
        title=track.title,
        artist=track.artist_name or release.artist_name,
        artists=_names_of(track.artist_name, track.credits) or album_artists,
        artist_ids=_ids_of(track.credits) if track.artist_name else album_ids,
        album=release.title,
        album_artist=release.artist_name,
        album_artists=album_artists,
        album_artist_ids=album_ids,
        credited=_list_credited(found, track),
        number=track.number,
        numbers_total=max(numbers),
        disc=track.disc,
        discs_total=max(each.disc for each in found.tracks),
        date=released or None,
        genre=track.genre or release.genre,
        isrc=track.isrc,
        label=release.label,
        catalogue_number=release.catalogue_number,
        upc=release.upc,
        bpm=track.bpm,
        musical_key=track.musical_key,
        lyrics=lyrics.plain if lyrics else None,
        comment=rules.write_comment(found),
        is_compilation=release.kind == "compilation",
    )


def _names_of(line: str | None, credited: Sequence[ArchivedCredit]) -> list[str]:
    """Return the names of the displayed artists; of a line of one artist this line."""
    names = [each.name for each in credited if each.role == ARTIST]
    return names or ([line] if line else [])


def _ids_of(credited: Sequence[ArchivedCredit], owner_id: UUID | None = None) -> list[str]:
    """Return the ids at MusicBrainz of the displayed artists; none unless each has one."""
    ids = [each.musicbrainz_id for each in credited if each.role == ARTIST] or [owner_id]
    return [str(each) for each in ids if each is not None] if None not in ids else []


def _list_credited(found: ArchiveContents, track: ArchivedTrack) -> list[TaggedPerson]:
    """Return the contributors to a track and to its release, each once in a role."""
    people = (
        TaggedPerson(each.role, each.name, each.instrument or "")
        for each in (*track.credits, *found.credits)
        if each.role != ARTIST
    )
    return list(dict.fromkeys(people))


async def _read_file(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while chunk := await asyncio.to_thread(opened.read, _CHUNK):
            yield chunk


async def _single_chunk(content: bytes) -> AsyncIterator[bytes]:
    yield content
