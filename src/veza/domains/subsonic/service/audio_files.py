"""The file of a song that a player gets: a stored one, or one that is made for it."""

from pathlib import Path

from msgspec import Struct

from veza.core.errors import Invalid
from veza.domains.music.audio.models import AudioFile, StoredMedia, StoredOriginal
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service.audio_storage import TrackPurchases
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.subsonic.models.rows import SongRow
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.service.transcode_decisions import PlayableFile
from veza.domains.subsonic.service.transcoding import (
    BEST,
    LOW_RENDITION,
    RENDITION_KBPS,
    AudioWish,
    HeldAudio,
    choose_audio,
)
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.stream_targets import StreamSource
from veza.infra.media.transcoder import TranscodingOrder
from veza.infra.postgres.database import Conn
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

_RENDITION_RATES = (44_100, 48_000)
_STEREO = 2


class BestAudio(Struct, frozen=True):
    """The best file of a song that a member may have."""

    row: SongRow
    media: StoredOriginal | StoredMedia

    @property
    def playable(self) -> PlayableFile:
        """The properties of the file."""
        row, duration_s = self.row, self.row.duration_ms / 1000
        if isinstance(self.media, StoredMedia):
            return PlayableFile(
                HeldAudio(AudioKind.M4A, RENDITION_KBPS, is_original=False),
                _rendition_of(row),
            )
        kind = AudioKind(self.media.kind)
        return PlayableFile(
            HeldAudio(kind, (row.bitrate or 0) // 1000, is_original=True),
            StreamSource(
                kind, duration_s, row.sample_rate or _RENDITION_RATES[0], row.channels or _STEREO
            ),
        )


class FoundAudio(Struct, frozen=True):
    """A stored file, and the order to make another one of it, unless it is sent itself."""

    file: AudioFile
    order: TranscodingOrder | None = None


async def find_best(
    conn: Conn, viewer: Viewer, row: SongRow, purchases: TrackPurchases
) -> BestAudio:
    """Return the original if the member may have it, else the rendition."""
    if not row.has_original:
        return BestAudio(
            row, await track_files.open_media(conn, row.id, viewer.member, granted=False)
        )
    best = await track_files.open_best_audio(
        conn, row.id, viewer.member, granted=False, purchases=purchases
    )
    return BestAudio(row, best)


async def find_audio(
    conn: Conn, viewer: Viewer, best: BestAudio, wish: AudioWish, storage: Storage | None
) -> FoundAudio:
    """Return the file for a wish, or the order to make it of a file in the storage.

    Without a storage nothing is made. Raises Invalid for a start that is behind the end.
    """
    row, file = best.row, best.playable
    choice = choose_audio(wish, file.held, can_make=storage is not None)
    if choice.source == BEST:
        found, source = track_files.file_of(best.media), file.source
    else:
        rendition = best.media
        if isinstance(rendition, StoredOriginal):
            rendition = await track_files.open_media(conn, row.id, viewer.member, granted=False)
        found, source = track_files.file_of(rendition), _rendition_of(row)
    if choice.output is None or storage is None:
        return FoundAudio(found)
    if choice.output.start_s >= source.duration_s:
        raise Invalid("The song ends before this position.")
    is_low = choice.source == LOW_RENDITION
    key = _low_key_of(found) if is_low else found.key

    async def fetch(path: Path) -> None:
        try:
            if is_low:
                await track_files.fetch_low_rendition(storage, row.id, path)
            else:
                await storage.fetch(found.key, path)
        except ObjectMissing as error:
            # Deleted after its row was read.
            raise TrackNotFound from error

    tag = f"{key} {found.etag}"
    return FoundAudio(found, TranscodingOrder(tag, source, choice.output, fetch))


def _rendition_of(row: SongRow) -> StreamSource:
    rate = row.sample_rate if row.sample_rate in _RENDITION_RATES else _RENDITION_RATES[-1]
    return StreamSource(AudioKind.M4A, row.duration_ms / 1000, rate, _STEREO)


def _low_key_of(file: AudioFile) -> str:
    return f"{file.key} {LOW_RENDITION}"
