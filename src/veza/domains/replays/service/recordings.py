"""Members choose which of their streams are recorded, and list, cut and delete recordings."""

from collections.abc import Sequence

from msgspec import UNSET

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import StreamId, StreamRecordingId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.live.service import stored_states
from veza.domains.platform.uploads.service import lock_member
from veza.domains.replays import errors, rules
from veza.domains.replays.models import (
    MAX_MARKS,
    MarkForm,
    RecordingChange,
    RecordingPage,
    RecordingQuery,
    RecordingSettings,
    RecordingState,
    StoredRecording,
    StreamMark,
    StreamRecording,
)
from veza.domains.replays.queries import marks as mark_queries
from veza.domains.replays.queries import recordings as queries
from veza.domains.replays.service import capture
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders


async def start(
    tx: Tx, settings: RecordingSettings, owner: Member, stream_id: StreamId, urls: UrlBuilder
) -> StreamRecording:
    """Record a stream of the caller, from now on or when it begins.

    One that is recorded already stays as it is. One that was stopped is not taken up again: what
    was sent meanwhile must not be in it. Raises RecordingStopping until its sound is stored.
    """
    if settings.max_us == 0:
        raise errors.RecordingsOff
    await lock_member(tx, owner.id)
    stream = await stored_states.lock_own_stream(tx, stream_id, owner)
    if stream.ended_at is not None:
        raise errors.StreamOver
    found = await queries.lock_open_of(tx, stream_id, owner.id)
    if found is not None:
        if found.stopped_at is not None:
            raise errors.RecordingStopping
        return await get_recording(tx, found.id, owner, urls)
    if await queries.count_recordings(tx, owner.id) >= rules.MAX_RECORDINGS:
        raise errors.TooManyRecordings
    recording_id = StreamRecordingId(new_id())
    await queries.insert_recording(tx, recording_id, owner.id, stream_id, stream.title)
    return await get_recording(tx, recording_id, owner, urls)


async def stop(tx: Tx, settings: RecordingSettings, owner: Member, stream_id: StreamId) -> None:
    """Stop the recording of a stream, which goes on; the worker stores what was sent until now.

    One that is stopped already stays as it is, with the moment at which it was.
    """
    await lock_member(tx, owner.id)
    stream = await stored_states.lock_own_stream(tx, stream_id, owner)
    found = await queries.lock_open_of(tx, stream_id, owner.id)
    recording = required(found, errors.NotRecorded)
    if stream.started_at is None:
        await capture.complete(tx, recording.id, settings)
    elif recording.stopped_at is None:
        await queries.update_stopped(tx, recording.id, now())


async def find_owner(tx: Tx, marker: Member, stream_id: StreamId) -> UserId:
    """Return the owner of a stream if the member may mark it, as owner or chat moderator."""
    return await stored_states.find_host(tx, stream_id, marker)


async def mark(tx: Tx, owner_id: UserId, stream_id: StreamId, form: MarkForm) -> StreamMark:
    """Mark this moment of an owner's running stream, as a chapter of its replay."""
    title = rules.clean_title(form.title)
    await lock_member(tx, owner_id)
    found = await queries.lock_open_of(tx, stream_id, owner_id)
    recording = required(found, errors.NotRecorded)
    if recording.stopped_at is not None:
        raise errors.NotRecorded
    if await mark_queries.count_marks(tx, recording.id) >= MAX_MARKS:
        raise errors.TooManyMarks
    made = StreamMark(title, now())
    await mark_queries.insert_mark(tx, new_id(), recording.id, title, made.marked_at)
    return made


async def list_recordings(
    conn: Conn,
    settings: RecordingSettings,
    owner: Member,
    query: RecordingQuery,
    urls: UrlBuilder,
) -> RecordingPage:
    """Return a page of the caller's recordings, newest first."""
    found = await queries.list_recordings(conn, owner.id, query)
    shown, next_cursor = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    used_us = await queries.sum_durations(conn, owner.id)
    return RecordingPage(
        await _show(conn, shown, urls),
        used_us // 1000,
        settings.max_us // 1000,
        next_cursor,
        next_cursor is not None,
    )


async def get_recording(
    conn: Conn, recording_id: StreamRecordingId, owner: Member, urls: UrlBuilder
) -> StreamRecording:
    """Return a recording of the caller. Raises RecordingNotFound."""
    found = await queries.find_recording(conn, recording_id, owner.id)
    [shown] = await _show(conn, [required(found, errors.RecordingNotFound)], urls)
    return shown


async def update_recording(
    tx: Tx,
    recording_id: StreamRecordingId,
    owner: Member,
    change: RecordingChange,
    urls: UrlBuilder,
) -> StreamRecording:
    """Change the title of a recording, where it is cut, its chapters, and what is shown."""
    recording = await lock_ready(tx, recording_id, owner.id)
    has_chat = recording.has_chat if change.has_chat is UNSET else change.has_chat
    title = rules.change_title(recording, change)
    bounds = rules.change_cut(recording, change)
    await queries.update_details(tx, recording_id, title, bounds, has_chat=has_chat)
    if change.chapters is not UNSET:
        chapters = rules.clean_chapters(change.chapters)
        ids = [new_id() for _ in chapters]
        await mark_queries.update_chapters(tx, recording_id, ids, chapters)
    return await get_recording(tx, recording_id, owner, urls)


async def delete_recording(tx: Tx, recording_id: StreamRecordingId, owner: Member) -> None:
    """Delete a recording. A track that it became stays, without its chapters and chat."""
    await lock_ready(tx, recording_id, owner.id)
    await queries.delete_recordings(tx, [recording_id])
    await enqueue(tx, DeleteFolders([rules.folder_of(recording_id)]))


async def lock_ready(tx: Tx, recording_id: StreamRecordingId, owner_id: UserId) -> StoredRecording:
    """Lock a complete recording of a member. Raises RecordingNotFound and RecordingNotReady."""
    found = await queries.lock_recording(tx, recording_id, owner_id)
    recording = required(found, errors.RecordingNotFound)
    if recording.state is not RecordingState.READY:
        raise errors.RecordingNotReady
    return recording


async def _show(
    conn: Conn, found: Sequence[StoredRecording], urls: UrlBuilder
) -> list[StreamRecording]:
    marks = await mark_queries.list_marks(conn, [each.id for each in found]) if found else []
    return [
        rules.show(
            each,
            [mark for mark in marks if mark.recording_id == each.id],
            _playback_url(each.id, urls),
        )
        for each in found
    ]


def _playback_url(recording_id: StreamRecordingId, urls: UrlBuilder) -> str:
    query = urls.signed_query(Resource.STREAM_RECORDING, recording_id)
    return f"{urls.base}/live/recordings/{recording_id}/hls/{rules.PLAYLIST}{query}"
