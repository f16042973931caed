"""Nobody comments across a block; comments change the counts of tracks that are locked."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, Unauthenticated, required
from veza.core.ids import CommentId, TrackId, new_id
from veza.core.mentions import find_mentions
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.track_comments import queries, rules
from veza.domains.music.track_comments.errors import CannotComment, CommentNotFound, NotYourComment
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.track_comments.models import (
    Comment,
    CommentEvidence,
    CommentForm,
    CommentPage,
    NewComment,
    TrackCommentRef,
)
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.models.tracks import StoredTrack
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.relationships import shared_queries as relationship_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def comment(tx: Tx, track_id: TrackId, author: Member, form: CommentForm) -> Comment:
    """Comment on a track, optionally at a position. Raises CannotComment across a block."""
    track = await visible_tracks.lock_visible(tx, track_id, author.id)
    if await relationship_queries.are_blocked(tx, track.owner_id, author.id):
        raise CannotComment
    position_ms = _position_ms(form, track)
    content = require_text(form.content, "content", "Write something: a comment can't be blank.")
    written = NewComment(CommentId(new_id()), track_id, author.id, content, position_ms, now())
    # None if the account was deleted or suspended after the token was issued.
    shown = required(await queries.insert_comment(tx, written), Unauthenticated)
    await track_queries.add_to_comments_counts(tx, {track_id: 1})
    mentions = find_mentions(content)
    await emit(tx, TrackCommented(written.id, track_id, author.id, track.owner_id, mentions))
    return rules.show_new_comment(written, shown)


async def list_comments(
    conn: Conn, track_id: TrackId, viewer: Member | None, *, limit: int, cursor: Cursor | None
) -> CommentPage:
    """Return a page of the comments on a track, newest first."""
    viewer_id = viewer and viewer.id
    await visible_tracks.get_visible(conn, track_id, viewer_id)
    found = await queries.list_comments(conn, track_id, viewer_id, limit=limit, cursor=cursor)
    page, next_cursor = cut(found, limit, lambda entry: Cursor(entry.created_at, entry.id))
    comments = [rules.show_comment(entry) for entry in page]
    return CommentPage(comments, next_cursor, next_cursor is not None)


async def find_evidence(conn: Conn, comment_id: UUID, viewer: Member) -> CommentEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the comment."""
    found = await queries.find_evidence(conn, CommentId(comment_id))
    if found is None or not await visible_tracks.is_visible(conn, found.track_id, viewer):
        return None
    return found


async def delete_comment(tx: Tx, track_id: TrackId, comment_id: CommentId, member: Member) -> None:
    """Delete a comment by the caller, a comment on their track, or any comment as staff."""
    track = await visible_tracks.lock_visible(tx, track_id, member.id)
    stored = required(await queries.find_comment(tx, track_id, comment_id), CommentNotFound)
    if not rules.can_delete_comment(stored, track, member):
        raise NotYourComment
    await delete_comments(tx, [comment_id])


async def delete_comments(tx: Tx, comment_ids: Sequence[CommentId]) -> None:
    """Delete comments on tracks that the caller has locked; update the counts."""
    deleted = await queries.delete_comments(tx, comment_ids)
    await track_queries.add_to_comments_counts(
        tx, {each.track_id: -each.comments for each in deleted}
    )


async def update_hidden_comments(
    tx: Tx, batch: RecountBatch[TrackCommentRef]
) -> list[TrackCommentRef]:
    """Hide or show the next batch of a member's comments; return them."""
    comments = await queries.list_comment_refs(tx, batch.user_id, batch.after)
    await track_queries.lock_counts(tx, [each.track_id for each in comments])
    changed = await queries.update_hidden(tx, [each.id for each in comments], hide=batch.hide)
    sign = -1 if batch.hide else 1
    await track_queries.add_to_comments_counts(
        tx, {each.track_id: sign * each.comments for each in changed}
    )
    return comments


def _position_ms(form: CommentForm, track: StoredTrack) -> int | None:
    if form.position_seconds is None:
        return None
    position_ms = round(form.position_seconds * 1000)
    if track.duration_ms is not None and position_ms > track.duration_ms:
        raise Invalid(
            details=[FieldError("position_seconds", "This is after the end of the track.")]
        )
    return position_ms
