"""Makes clips of what is kept of a running stream, or of the recording of its replay.

A row without a size holds the place of a clip while its parts are stored; a job deletes those that
were never finished.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import StreamClipId, StreamId, new_id
from veza.core.normalize import require_line
from veza.domains.clips import rules
from veza.domains.clips.errors import ReplayNotPublic
from veza.domains.clips.models import ClipForm, ClipFormat, NewClip, StreamClip
from veza.domains.clips.queries import (
    delete_clip,
    insert_clip,
    is_published,
    lock_stream,
    measure_use,
    update_finished,
)
from veza.domains.clips.service import clips, sources
from veza.domains.clips.service.context import ClipContext
from veza.domains.clips.service.sources import ClipPart
from veza.domains.live.errors import StreamNotFound
from veza.domains.live.models.stored_streams import StoredStream
from veza.domains.live.service import responses
from veza.domains.platform.text_filters.service import Screening
from veza.domains.platform.uploads.service import lock_member
from veza.domains.replays.models import ReplayPassage
from veza.domains.replays.service import playback
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Tx
from veza.infra.storage.deletion import DeleteFolders


async def make_clip(
    context: ClipContext, member: Member, stream_id: StreamId, form: ClipForm, screening: Screening
) -> StreamClip:
    """Keep what was sent of a stream, for its audience, under the name of the member.

    Raises StreamNotFound, StreamLocked, ReplayNotPublic, NothingToClip, ClipTooLarge and
    TooManyClips.
    """
    title = require_line(form.title, "title", "Enter a title.")
    async with context.database.read() as conn:
        stream = await responses.get_visible(conn, context.live, stream_id, member.id)
    kind = ClipFormat.TS if form.track_id is None else ClipFormat.AAC
    parts = await _find_parts(context, member, stream, form)
    clip_id = StreamClipId(new_id())
    async with context.database.transaction() as tx:
        await _ensure_room(tx, stream_id, member)
        track_id, media_id = form.track_id, rules.media_kept_for(stream, form)
        new = NewClip(clip_id, stream_id, member.id, title, kind, track_id, media_id)
        await insert_clip(tx, new)
        await screening.report(tx, "clip", clip_id)
    sizes: list[int] = []
    try:
        for number, part in enumerate(parts):
            content = await asyncio.to_thread(part.read)
            sizes.append(len(content))
            key = rules.part_key(clip_id, number, kind)
            await context.uploads.storage.put_stream(key, _in_one_piece(content))
    except Exception:
        async with context.database.transaction(recorded=False) as tx:
            await _discard(tx, clip_id)
        raise
    return await _finish(context, member, clip_id, parts, sizes)


async def _finish(
    context: ClipContext,
    member: Member,
    clip_id: StreamClipId,
    parts: Sequence[ClipPart],
    sizes: list[int],
) -> StreamClip:
    durations = [each.duration_us for each in parts]
    breaks = rules.list_breaks([each.is_break for each in parts])
    async with context.database.transaction(recorded=False) as tx:
        is_there = await update_finished(tx, clip_id, durations, sizes, breaks)
        if not is_there:
            # Who made it, or the stream, is gone.
            await _discard(tx, clip_id)
    if not is_there:
        raise StreamNotFound
    async with context.database.read() as conn:
        return await clips.get_clip(conn, context.live, clip_id, member)


async def _ensure_room(tx: Tx, stream_id: StreamId, member: Member) -> None:
    await lock_member(tx, member.id)
    if not await lock_stream(tx, stream_id, member.id):
        raise StreamNotFound
    use = await measure_use(tx, stream_id, member.id, rules.MAX_CLIP_BYTES)
    for used, bound in zip(use, (rules.MAX_OF_MEMBER, rules.MAX_OF_STREAM), strict=True):
        rules.ensure_room(used, bound)


async def _discard(tx: Tx, clip_id: StreamClipId) -> None:
    await delete_clip(tx, clip_id)
    await enqueue(tx, DeleteFolders([rules.folder_of(clip_id)]))


async def _find_parts(
    context: ClipContext, member: Member, stream: StoredStream, form: ClipForm
) -> list[ClipPart]:
    if form.track_id is None:
        folder = context.live.rewind_folder / str(stream.media_id or stream.id)
        return await sources.cut_window(folder, form.ended_at or now(), form.seconds)
    passage = ReplayPassage(form.track_id, stream.id, form.position_ms, form.seconds * 1000)
    content = await playback.cut_replay(context.database, context.uploads, member, passage)
    async with context.database.read() as conn:
        if not await is_published(conn, form.track_id):
            raise ReplayNotPublic
    return await sources.measure(content)


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
