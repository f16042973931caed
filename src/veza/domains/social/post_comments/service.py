"""Comments and replies change the counts of their posts, which are locked first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import PostCommentId, new_id
from veza.core.mentions import find_mentions
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.social.post_comments import queries, rules
from veza.domains.social.post_comments.errors import NotYourPostComment, PostCommentNotFound
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.post_comments.models import (
    NewPostComment,
    PostComment,
    PostCommentCount,
    PostCommentEvidence,
    PostCommentForm,
    PostCommentPage,
    PostCommentQuery,
    PostCommentRef,
    StoredPostComment,
)
from veza.domains.social.posts import service as posts
from veza.domains.social.posts import shared_queries as post_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def comment(tx: Tx, author: Member, form: PostCommentForm) -> PostComment:
    """Comment on a post, or reply to a comment on it."""
    content = require_text(form.content, "content", "Write something: a comment can't be blank.")
    post = await posts.lock_visible(tx, form.post_id, author.id)
    parent = await _find_parent(tx, form, author)
    thread_id = parent and (parent.parent_id or parent.id)
    written = NewPostComment(PostCommentId(new_id()), post.id, thread_id, author.id, content, now())
    # None if the account was deleted or suspended after the token was issued.
    shown = required(await queries.insert_comment(tx, written), Unauthenticated)
    await _add_to_counts(tx, [PostCommentCount(post.id, thread_id, 1)])
    await emit(
        tx,
        PostCommented(
            comment_id=written.id,
            post_id=post.id,
            author_id=author.id,
            post_author_id=post.author_id,
            parent_author_id=parent and parent.author_id,
            mentions=find_mentions(content),
        ),
    )
    return rules.show_new_comment(written, shown)


async def list_comments(
    conn: Conn, query: PostCommentQuery, viewer: Member | None
) -> PostCommentPage:
    """Return a page of comments, newest first, or of replies, oldest first."""
    viewer_id = viewer and viewer.id
    await posts.get_visible(conn, query.post_id, viewer_id)
    if query.parent_id is not None:
        parent = await queries.find_comment(conn, query.parent_id, viewer_id)
        if parent is None or parent.post_id != query.post_id:
            raise PostCommentNotFound
    found = await queries.list_comments(conn, query, viewer_id)
    page, next_cursor = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    comments = [rules.show_comment(each) for each in page]
    return PostCommentPage(comments, next_cursor, next_cursor is not None)


async def delete_comment(tx: Tx, comment_id: PostCommentId, member: Member) -> None:
    """Delete a comment by the caller, a comment on their post, or any comment as staff.

    Replies are kept, below a placeholder.
    """
    stored = required(await queries.find_comment(tx, comment_id, member.id), PostCommentNotFound)
    if not rules.can_delete_comment(stored, member):
        is_visible = stored.is_shown and await posts.is_visible(tx, stored.post_id, member)
        raise NotYourPostComment if is_visible else PostCommentNotFound
    await post_queries.lock_posts(tx, [stored.post_id])
    if not await delete_comments(tx, [PostCommentRef(comment_id, stored.post_id)]):
        raise PostCommentNotFound


async def delete_comments(tx: Tx, comments: Sequence[PostCommentRef]) -> bool:
    """Delete comments on posts that the caller has locked, and update the counts.

    Comments with replies become placeholders. Return False if there was no such comment.
    """
    comment_ids = [each.id for each in comments]
    deleted = [
        *await queries.delete_replies(tx, comment_ids),
        *await queries.delete_top_level(tx, comment_ids),
    ]
    await _add_to_counts(tx, deleted, sign=-1)
    threads = {each.parent_id for each in deleted if each.parent_id is not None}
    await queries.delete_placeholders(tx, list(threads))
    return bool(deleted)


async def find_evidence(conn: Conn, comment_id: UUID, viewer: Member) -> PostCommentEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the comment."""
    found = await queries.find_comment(conn, PostCommentId(comment_id), viewer.id)
    if found is None or not found.is_shown:
        return None
    if not await posts.is_visible(conn, found.post_id, viewer):
        return None
    # A comment that is shown is not deleted, so it has an author and a content.
    return copy_fields(PostCommentEvidence, found)


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await queries.find_comment(conn, PostCommentId(content_id), None)
    if found is None or found.author_id is None or found.content is None:
        return None
    return OwnedItem(found.author_id, found.content)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    return {} if await _set_taken_down(tx, content_id, is_taken_down=True) else None


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await _set_taken_down(tx, content_id, is_taken_down=False)


async def _set_taken_down(tx: Tx, content_id: UUID, *, is_taken_down: bool) -> bool:
    """Hide or show a comment, and update the counts; return False if it is deleted."""
    comment_id = PostCommentId(content_id)
    found = await queries.find_comment(tx, comment_id, None)
    if found is None:
        return False
    await post_queries.lock_posts(tx, [found.post_id])
    changed = await queries.update_taken_down(tx, comment_id, is_taken_down=is_taken_down)
    if changed is not None:
        await _add_to_counts(tx, [changed])
    return changed is not None


async def _delete_taken_down(tx: Tx, content_id: UUID, author: Member) -> None:
    await delete_comment(tx, PostCommentId(content_id), author)


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


async def update_hidden_comments(
    tx: Tx, batch: RecountBatch[PostCommentRef]
) -> list[PostCommentRef]:
    """Hide or show the next batch of a member's comments; return them."""
    comments = await queries.list_comment_refs(tx, batch.user_id, batch.after)
    await post_queries.lock_counts(tx, [each.post_id for each in comments])
    changed = await queries.update_hidden(tx, [each.id for each in comments], hide=batch.hide)
    await _add_to_counts(tx, changed, sign=-1 if batch.hide else 1)
    return comments


async def _find_parent(tx: Tx, form: PostCommentForm, author: Member) -> StoredPostComment | None:
    if form.parent_id is None:
        return None
    parent = await queries.find_comment(tx, form.parent_id, author.id)
    if parent is None or parent.post_id != form.post_id or not parent.is_shown:
        raise PostCommentNotFound
    return parent


async def _add_to_counts(tx: Tx, counts: Sequence[PostCommentCount], *, sign: int = 1) -> None:
    """Add to (or subtract from) the counts of posts, and of the comments that were replied to."""
    signed = [structs.replace(count, comments=sign * count.comments) for count in counts]
    await post_queries.add_to_comments_counts(
        tx, rules.sum_counts(signed, lambda each: each.post_id)
    )
    if by_thread := rules.sum_counts(signed, lambda each: each.parent_id):
        await queries.add_to_replies_counts(tx, by_thread)
