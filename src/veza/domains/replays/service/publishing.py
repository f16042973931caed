"""Makes a recording into a draft track, by the way of every upload."""

from collections.abc import AsyncIterator, Sequence

from veza.core.access import Member
from veza.core.ids import StreamRecordingId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.models.forms import FILTERED_TEXTS, TrackUpload
from veza.domains.platform.uploads.models import PreparedForm
from veza.domains.platform.uploads.service import Uploads
from veza.domains.replays import errors, rules
from veza.domains.replays.models import (
    RecordingCut,
    RecordingPart,
    StoredRecording,
    StreamRecording,
)
from veza.domains.replays.queries import recordings as queries
from veza.domains.replays.service import playback, recordings
from veza.infra.media.adts import cut_frames


async def publish(
    uploads: Uploads,
    audio: AudioStorage,
    owner: Member,
    recording_id: StreamRecordingId,
    urls: UrlBuilder,
) -> StreamRecording:
    """Create a private track of the cut recording, which is processed like every other.

    The frames are copied, not encoded again. Raises what an upload raises.
    """
    async with uploads.database.transaction(recorded=False) as tx:
        recording = await recordings.lock_ready(tx, recording_id, owner.id)
        cut = _ensure_may_publish(recording, audio.limits.max_duration_s)
        parts = await queries.list_parts(tx, recording_id)
    entered = TrackUpload(title=recording.title, visibility=Visibility.PRIVATE)
    audio.text_filters.ensure_accepted(entered, *FILTERED_TEXTS)
    content = _read_cut(uploads, recording_id, parts, cut)
    form = PreparedForm(entered, f"{recording.title}.aac", content)
    track = await track_uploads.upload_track(uploads, audio, owner, form=form, urls=urls)
    async with uploads.database.transaction() as tx:
        # Of two at once, the second one is a track of its own, without chapters and chat.
        await queries.update_track(tx, recording_id, track.id)
        return await recordings.get_recording(tx, recording_id, owner, urls)


def _ensure_may_publish(recording: StoredRecording, max_duration_s: float) -> RecordingCut:
    """Return where the track begins and ends. Raises why the recording can't become one."""
    if recording.is_taken_down or recording.size_bytes == 0:
        raise errors.RecordingNotFound
    if recording.track_id is not None:
        raise errors.AlreadyPublished
    cut = rules.cut_of(recording)
    if cut.end_ms - cut.start_ms > max_duration_s * 1000:
        raise errors.RecordingTooLong
    return cut


async def _read_cut(
    uploads: Uploads,
    recording_id: StreamRecordingId,
    parts: Sequence[RecordingPart],
    cut: RecordingCut,
) -> AsyncIterator[bytes]:
    """Iterate over the frames between the start and the end."""
    start_us, end_us = cut.start_ms * 1000, cut.end_ms * 1000
    for part in parts:
        if part.offset_us + part.duration_us <= start_us or part.offset_us >= end_us:
            continue
        content = await playback.read_part(uploads, recording_id, part)
        yield cut_frames(content, start_us - part.offset_us, end_us - part.offset_us)
