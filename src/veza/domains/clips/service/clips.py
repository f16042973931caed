"""The audience of a stream sees its clips; who made one, or the owner of the stream, deletes it."""

from uuid import UUID

from msgspec import Struct

from veza.core.access import Access, Member, is_enough
from veza.core.errors import required
from veza.core.ids import StreamClipId, StreamId
from veza.core.pages import Cursor, cut
from veza.core.structs import copy_fields
from veza.domains.clips import errors, queries, rules
from veza.domains.clips.models import (
    ClipEvidence,
    ClipFormat,
    ClipQuery,
    StoredClip,
    StreamClip,
    StreamClipPage,
)
from veza.domains.clips.service.context import ClipContext
from veza.domains.live.errors import StreamNotFound
from veza.domains.live.rules import audiences
from veza.domains.live.service import responses, viewing
from veza.domains.live.service.context import LiveContext
from veza.infra.jobs.queue import enqueue
from veza.infra.media.adts import stamp
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing


class ClipMedia(Struct, frozen=True):
    """A playlist or a part of a clip; `is_private`: only for the audience of its stream."""

    content: bytes
    format: ClipFormat | None
    is_private: bool


async def list_clips(
    conn: Conn, context: LiveContext, stream_id: StreamId, query: ClipQuery, ticket: str | None
) -> StreamClipPage:
    """Return a page of the clips of a stream, newest first. Raises StreamNotFound, StreamLocked."""
    stream = await responses.get_visible(conn, context, stream_id, query.viewer_id, ticket)
    found = await queries.list_clips(conn, stream_id, query)
    page, next_cursor = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    given = responses.ticket_of(context, stream, query.viewer_id, ticket)
    shown = [_show(context, each, given) for each in page]
    return StreamClipPage(shown, next_cursor, next_cursor is not None)


async def get_clip(
    conn: Conn,
    context: LiveContext,
    clip_id: StreamClipId,
    viewer: Member | None,
    ticket: str | None = None,
) -> StreamClip:
    """Return a clip of a stream that the viewer may watch. Raises ClipNotFound and StreamLocked."""
    viewer_id = None if viewer is None else viewer.id
    clip = required(await queries.find_clip(conn, clip_id, viewer_id), errors.ClipNotFound)
    try:
        stream = await responses.get_visible(conn, context, clip.stream_id, viewer_id, ticket)
    except StreamNotFound as error:
        raise errors.ClipNotFound from error
    if not rules.is_visible_to(clip, viewer_id):
        raise errors.ClipNotFound
    return _show(context, clip, responses.ticket_of(context, stream, viewer_id, ticket))


async def delete_clip(tx: Tx, clip_id: StreamClipId, member: Member) -> None:
    """Delete a clip. Raises ClipNotFound and NotYourClip."""
    found = await queries.find_clip(tx, clip_id, member.id)
    clip = required(found, errors.ClipNotFound)
    if not rules.may_delete(clip, member.id):
        is_seen = clip.is_admitted and rules.is_visible_to(clip, member.id)
        raise errors.NotYourClip if is_seen else errors.ClipNotFound
    await discard(tx, clip_id)


async def discard(tx: Tx, clip_id: StreamClipId) -> None:
    """Delete a clip; a job deletes its parts."""
    if await queries.delete_clip(tx, clip_id):
        await enqueue(tx, DeleteFolders([rules.folder_of(clip_id)]))


async def read_media(
    context: ClipContext, clip_id: StreamClipId, name: str, *, ticket: str | None
) -> ClipMedia:
    """Return the playlist or a part of a clip. Raises ClipNotFound.

    The audience of the stream is asked for each time.
    """
    async with context.database.read() as conn:
        clip = required(await queries.find_clip(conn, clip_id, None), errors.ClipNotFound)
        is_private = await _ensure_admitted(conn, context.live, clip, ticket)
    if name == rules.PLAYLIST:
        return ClipMedia(rules.write_playlist(clip, ticket).encode(), None, is_private)
    number = rules.read_part_name(clip, name)
    try:
        content = await context.uploads.storage.read_all(
            rules.part_key(clip_id, number, clip.format)
        )
    except ObjectMissing as error:
        raise errors.ClipNotFound from error
    if clip.format is ClipFormat.AAC:
        content = stamp(content, sum(clip.parts_us[:number]))
    return ClipMedia(content, clip.format, is_private)


async def find_evidence(conn: Conn, clip_id: UUID, viewer: Member) -> ClipEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the clip."""
    clip = await queries.find_clip(conn, StreamClipId(clip_id), viewer.id)
    is_staff = is_enough(viewer.role, Access.MODERATOR)
    if clip is None or not (is_staff or clip.is_admitted):
        return None
    if not is_staff and not rules.is_visible_to(clip, viewer.id):
        return None
    return copy_fields(ClipEvidence, clip, author_id=clip.maker_id)


async def _ensure_admitted(
    conn: Conn, context: LiveContext, clip: StoredClip, ticket: str | None
) -> bool:
    """Return whether a clip is for an audience. Raises ClipNotFound."""
    holder = audiences.read_ticket(context.signer, clip.stream_id, ticket)
    if holder is not None and holder.is_staff:
        return True
    if not rules.is_visible_to(clip, None):
        raise errors.ClipNotFound
    try:
        stream = await viewing.get_admitted(conn, context, clip.stream_id, ticket)
    except StreamNotFound as error:
        raise errors.ClipNotFound from error
    return audiences.is_hidden_from_caches(stream)


def _show(context: LiveContext, clip: StoredClip, ticket: str | None) -> StreamClip:
    return rules.show(clip, context.base, ticket)
