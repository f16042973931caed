"""Owners hear their recordings; everybody who may see a replay reads what belongs to it."""

import asyncio

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import StreamRecordingId, TrackId
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.platform.uploads.service import Uploads
from veza.domains.replays import errors, rules
from veza.domains.replays.models import (
    ChatQuery,
    RecordingPart,
    RecordingState,
    Replay,
    ReplayChat,
    ReplayMessage,
    ReplayPassage,
    StoredReplay,
    TrackReplay,
)
from veza.domains.replays.queries import marks as mark_queries
from veza.domains.replays.queries import recordings as queries
from veza.domains.replays.queries import replays as replay_queries
from veza.infra.media.adts import cut_frames, stamp
from veza.infra.postgres.database import Conn, Database
from veza.infra.storage.errors import ObjectMissing


class RecordingMedia(Struct, frozen=True):
    """A playlist, or the sound of a part."""

    content: bytes
    is_playlist: bool


async def read_media(
    database: Database,
    uploads: Uploads,
    recording_id: StreamRecordingId,
    name: str,
    query: str,
) -> RecordingMedia:
    """Return the playlist of a recording, or a part of it, to who has its signature."""
    async with database.read() as conn:
        recording = required(
            await queries.find_playable(conn, recording_id), errors.RecordingNotFound
        )
        has_sound = recording.state is RecordingState.READY and recording.size_bytes > 0
        if not has_sound or recording.is_taken_down:
            raise errors.RecordingNotFound
        if name == rules.PLAYLIST:
            parts = await queries.list_parts(conn, recording_id)
            return RecordingMedia(rules.write_playlist(parts, query).encode(), is_playlist=True)
        part_id = required(rules.read_part_name(name), errors.RecordingNotFound)
        found = await queries.find_part(conn, recording_id, part_id)
    part = required(found, errors.RecordingNotFound)
    content = await read_part(uploads, recording_id, part)
    return RecordingMedia(stamp(content, part.offset_us), is_playlist=False)


async def read_part(
    uploads: Uploads, recording_id: StreamRecordingId, part: RecordingPart
) -> bytes:
    """Return the frames of a part. Raises RecordingNotFound."""
    try:
        return await uploads.storage.read_all(rules.part_key(recording_id, part.id))
    except ObjectMissing as error:
        raise errors.RecordingNotFound from error


async def cut_replay(
    database: Database,
    uploads: Uploads,
    viewer: Member,
    passage: ReplayPassage,
) -> bytes:
    """Return the frames of a passage of a replay up to a time of its track, a minute or two.

    Raises TrackNotFound unless the viewer may see the track, and ReplayNotFound unless it is the
    replay of the stream and its sound is kept.
    """
    async with database.read() as conn:
        replay = required(await _find_replay(conn, passage.track_id, viewer), errors.ReplayNotFound)
        recording = await queries.find_playable(conn, replay.recording_id)
        if replay.stream_id != passage.stream_id or recording is None or recording.size_bytes == 0:
            raise errors.ReplayNotFound
        parts = await queries.list_parts(conn, replay.recording_id)
    cut = rules.cut_of(replay)
    end_us = min(cut.start_ms + passage.end_ms, cut.end_ms) * 1000
    start_us = max(cut.start_ms * 1000, end_us - passage.length_ms * 1000)
    found: list[bytes] = []
    for part in parts:
        if part.offset_us < end_us and part.offset_us + part.duration_us > start_us:
            content = await read_part(uploads, replay.recording_id, part)
            start, end = start_us - part.offset_us, end_us - part.offset_us
            found.append(await asyncio.to_thread(cut_frames, content, start, end))
    return b"".join(found)


async def get_replay(conn: Conn, track_id: TrackId, viewer: Member | None) -> TrackReplay:
    """Return the stream that a track is the replay of, with its chapters, if it is one."""
    replay = await _find_replay(conn, track_id, viewer)
    if replay is None:
        return TrackReplay(None)
    marks = await mark_queries.list_marks(conn, [replay.recording_id])
    chapters = rules.cut_chapters(rules.chapters_of(marks), rules.cut_of(replay))
    shown = Replay(
        replay.stream_id, replay.title, replay.started_at, chapters, replay.may_read_chat
    )
    return TrackReplay(shown)


async def list_chat(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, after: int, limit: int
) -> ReplayChat:
    """Return what was written during the stream, to who belongs to its audience."""
    replay = required(await _find_replay(conn, track_id, viewer), errors.ReplayNotFound)
    if not replay.may_read_chat:
        return ReplayChat([], None, has_more=False)
    cut = rules.cut_of(replay)
    query = ChatQuery(viewer and viewer.id, after, limit)
    found = await replay_queries.list_messages(conn, replay, cut, query, rules.VIEWERS_LATER)
    has_more = len(found) > limit
    shown = [
        ReplayMessage(
            each.id,
            each.position_ms - cut.start_ms,
            show_named_member(each.sender_id, each.username, each.appearance),
            each.content,
        )
        for each in found[:limit]
    ]
    return ReplayChat(shown, found[limit - 1].seq if has_more else None, has_more)


async def _find_replay(conn: Conn, track_id: TrackId, viewer: Member | None) -> StoredReplay | None:
    """Return the replay that a track is, if the viewer may see both. Raises TrackNotFound."""
    viewer_id = viewer and viewer.id
    await visible_tracks.get_visible(conn, track_id, viewer_id)
    return await replay_queries.find_replay(conn, track_id, viewer_id)
