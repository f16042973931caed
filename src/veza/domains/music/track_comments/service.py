"""Nobody comments across a block; comments change the counts of tracks that are locked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, Unauthenticated, required
from veza.core.ids import CommentId, TrackId, new_id
from veza.core.mentions import find_mentions
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.music.track_comments import rules
from veza.domains.music.track_comments.errors import (
    CannotComment,
    CommentNotFound,
    NotTheAuthor,
    NotYourComment,
)
from veza.domains.music.track_comments.events import TrackCommented, TrackCommentLiked
from veza.domains.music.track_comments.models import (
    Comment,
    CommentChange,
    CommentEvidence,
    CommentForm,
    CommentPage,
    CommentQuery,
    NewComment,
    StoredComment,
    TrackCommentCount,
    TrackCommentRef,
)
from veza.domains.music.track_comments.queries import likes, records, shown
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.models.tracks import LikeState, StoredTrack
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.relationships import shared_queries as relationship_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def comment(tx: Tx, track_id: TrackId, author: Member, form: CommentForm) -> Comment:
    """Comment on a track, or reply to a comment on it. Raises CannotComment across a block."""
    track = await _lock_open(tx, track_id, author)
    parent = await _find_parent(tx, track_id, author, form)
    written = NewComment(
        id=CommentId(new_id()),
        track_id=track_id,
        parent_id=parent and (parent.parent_id or parent.id),
        author_id=author.id,
        content=_clean(form.content),
        position_ms=_position_ms(form, track),
        created_at=now(),
    )
    # None if the account was deleted or suspended after the token was issued.
    named = required(await records.insert_comment(tx, written), Unauthenticated)
    await _add_to_counts(tx, [TrackCommentCount(track_id, written.parent_id, 1)])
    await emit(
        tx,
        TrackCommented(
            comment_id=written.id,
            track_id=track_id,
            author_id=author.id,
            owner_id=track.owner_id,
            mentions=find_mentions(written.content),
            parent_author_id=parent and parent.author_id,
        ),
    )
    return rules.show_new_comment(written, named)


async def list_comments(conn: Conn, query: CommentQuery, viewer: Member | None) -> CommentPage:
    """Return a page of comments with their first replies, or of the replies to one of them."""
    viewer_id = viewer and viewer.id
    await visible_tracks.get_visible(conn, query.track_id, viewer_id)
    if query.parent_id is not None:
        found = await shown.find_comment(conn, query.track_id, query.parent_id, viewer_id)
        required(found, CommentNotFound)
    listed = await shown.list_comments(conn, query, viewer_id)
    page, next_cursor = cut(listed, query.limit, lambda each: Cursor(each.created_at, each.id))
    answered = [each.id for each in page if each.replies_count > 0]
    replies = await shown.list_first_replies(conn, answered, viewer_id) if answered else []
    grouped = rules.group_replies(replies)
    comments = [rules.show_comment(each, grouped.get(each.id, ())) for each in page]
    return CommentPage(comments, next_cursor, next_cursor is not None)


async def edit_comment(
    tx: Tx, track_id: TrackId, comment_id: CommentId, *, author: Member, change: CommentChange
) -> Comment:
    """Change the text of a comment of the caller. Raises CannotComment across a block."""
    content = _clean(change.content)
    await _lock_open(tx, track_id, author)
    stored = await _get_shown(tx, track_id, comment_id, author)
    if stored.author_id != author.id:
        raise NotTheAuthor
    await records.update_content(tx, comment_id, content)
    replies = await shown.list_first_replies(tx, [comment_id], author.id)
    edited = await _get_shown(tx, track_id, comment_id, author)
    return rules.show_comment(edited, rules.group_replies(replies).get(comment_id, ()))


async def like(tx: Tx, track_id: TrackId, comment_id: CommentId, liker: Member) -> LikeState:
    """Like a comment, if the member doesn't like it already."""
    track = await visible_tracks.lock_visible(tx, track_id, liker.id)
    stored = await _get_shown(tx, track_id, comment_id, liker)
    if stored.liked:
        return LikeState(liked=True, likes_count=stored.likes_count)
    # None if the account was deleted or suspended after the token was issued.
    count = required(await likes.insert_like(tx, comment_id, liker.id), Unauthenticated)
    if stored.author_id is not None:
        await emit(
            tx,
            TrackCommentLiked(
                comment_id=comment_id,
                track_id=track_id,
                liker_id=liker.id,
                author_id=stored.author_id,
                owner_id=track.owner_id,
            ),
        )
    return LikeState(liked=True, likes_count=count)


async def unlike(tx: Tx, track_id: TrackId, comment_id: CommentId, liker: Member) -> LikeState:
    """Delete the member's like of a comment, if there is one."""
    await visible_tracks.lock_visible(tx, track_id, liker.id)
    stored = required(await shown.find_comment(tx, track_id, comment_id, liker.id), CommentNotFound)
    count = await likes.delete_like(tx, comment_id, liker.id)
    return LikeState(liked=False, likes_count=stored.likes_count if count is None else count)


async def find_evidence(conn: Conn, comment_id: UUID, viewer: Member) -> CommentEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the comment."""
    found = await records.find_evidence(conn, CommentId(comment_id))
    if found is None or not await visible_tracks.is_visible(conn, found.track_id, viewer):
        return None
    return found


async def delete_comment(tx: Tx, track_id: TrackId, comment_id: CommentId, member: Member) -> None:
    """Delete a comment by the caller, a comment on their track, or any comment as staff.

    Replies are kept, below a placeholder.
    """
    track = await visible_tracks.lock_visible(tx, track_id, member.id)
    stored = required(
        await shown.find_comment(tx, track_id, comment_id, member.id), CommentNotFound
    )
    if not rules.can_delete_comment(stored, track, member):
        raise NotYourComment
    if not await delete_comments(tx, [comment_id]):
        raise CommentNotFound


async def delete_comments(tx: Tx, comment_ids: Sequence[CommentId]) -> bool:
    """Delete comments on tracks that the caller has locked, and update the counts.

    Comments with replies become placeholders. Return False if there was no such comment.
    """
    deleted = [
        *await records.delete_replies(tx, comment_ids),
        *await records.delete_first(tx, comment_ids),
    ]
    await _add_to_counts(tx, deleted, sign=-1)
    threads = {each.parent_id for each in deleted if each.parent_id is not None}
    await records.delete_placeholders(tx, list(threads))
    return bool(deleted)


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await records.find_owned(conn, CommentId(content_id))
    return found and OwnedItem(found.author_id, found.content)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    return {} if await _set_taken_down(tx, content_id, is_taken_down=True) else None


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await _set_taken_down(tx, content_id, is_taken_down=False)


async def _set_taken_down(tx: Tx, content_id: UUID, *, is_taken_down: bool) -> bool:
    """Hide or show a comment, and update the counts; return False if it is deleted."""
    comment_id = CommentId(content_id)
    found = await records.find_owned(tx, comment_id)
    if found is None:
        return False
    await track_queries.lock_counts(tx, [found.track_id])
    changed = await records.update_taken_down(tx, comment_id, is_taken_down=is_taken_down)
    if changed is not None:
        await _add_to_counts(tx, [changed])
    return changed is not None


async def _delete_taken_down(tx: Tx, content_id: UUID, _author: Member) -> None:
    found = await records.find_owned(tx, CommentId(content_id))
    if found is not None:
        await track_queries.lock_tracks(tx, [found.track_id])
        await delete_comments(tx, [CommentId(content_id)])


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


async def update_hidden_comments(
    tx: Tx, batch: RecountBatch[TrackCommentRef]
) -> list[TrackCommentRef]:
    """Hide or show the next batch of a member's comments; return them."""
    comments = await records.list_comment_refs(tx, batch.user_id, batch.after)
    await track_queries.lock_counts(tx, [each.track_id for each in comments])
    changed = await records.update_hidden(tx, [each.id for each in comments], hide=batch.hide)
    await _add_to_counts(tx, changed, sign=-1 if batch.hide else 1)
    return comments


async def update_hidden_likes(
    tx: Tx, batch: RecountBatch[TrackCommentRef]
) -> list[TrackCommentRef]:
    """Hide or show the next batch of a member's likes; return the comments."""
    after = batch.after and batch.after.id
    liked = await likes.list_liked_comments(tx, batch.user_id, after)
    await track_queries.lock_counts(tx, [each.track_id for each in liked])
    await likes.update_hidden(tx, batch.user_id, [each.id for each in liked], hide=batch.hide)
    return liked


async def _lock_open(tx: Tx, track_id: TrackId, author: Member) -> StoredTrack:
    """Lock a track on which a member may say something. Raises CannotComment across a block."""
    track = await visible_tracks.lock_visible(tx, track_id, author.id)
    if await relationship_queries.are_blocked(tx, track.owner_id, author.id):
        raise CannotComment
    return track


async def _get_shown(
    conn: Conn, track_id: TrackId, comment_id: CommentId, viewer: Member
) -> StoredComment:
    """Return a comment that the viewer may see. Raises CommentNotFound."""
    found = await shown.find_comment(conn, track_id, comment_id, viewer.id)
    if found is None or not found.is_shown:
        raise CommentNotFound
    return found


async def _find_parent(
    tx: Tx, track_id: TrackId, author: Member, form: CommentForm
) -> StoredComment | None:
    if form.parent_id is None:
        return None
    if form.position_seconds is not None:
        message = "A reply is about the moment of the comment: leave the position out."
        raise Invalid(details=[FieldError("position_seconds", message)])
    return await _get_shown(tx, track_id, form.parent_id, author)


async def _add_to_counts(tx: Tx, counts: Sequence[TrackCommentCount], *, sign: int = 1) -> None:
    """Add to (or subtract from) the counts of tracks, and of the comments replied to."""
    signed = [structs.replace(count, comments=sign * count.comments) for count in counts]
    by_track = rules.sum_counts(signed, lambda each: each.track_id)
    await track_queries.add_to_comments_counts(tx, by_track)
    if by_thread := rules.sum_counts(signed, lambda each: each.parent_id):
        await records.add_to_replies_counts(tx, by_thread)


def _clean(content: str) -> str:
    return require_text(content, "content", "Write something: a comment can't be blank.")


def _position_ms(form: CommentForm, track: StoredTrack) -> int | None:
    if form.position_seconds is None:
        return None
    position_ms = round(form.position_seconds * 1000)
    if track.duration_ms is not None and position_ms > track.duration_ms:
        raise Invalid(
            details=[
                FieldError("position_seconds", "This is after the end of the track.", "after_end")
            ]
        )
    return position_ms
