"""What one can do with comments on posts."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import PostCommentId, new_id
from veza.core.mentions import find_mentions
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.social.post_comments import queries, rules
from veza.domains.social.post_comments.errors import NotYourPostComment, PostCommentNotFound
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.post_comments.models import (
    CommentsWish,
    NewPostComment,
    Place,
    PostComment,
    PostCommentEvidence,
    PostCommentForm,
    PostCommentPage,
    StoredPostComment,
    Tally,
)
from veza.domains.social.posts import service as posts
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def comment(tx: Tx, author: Member, form: PostCommentForm) -> PostComment:
    """Comment on a post, or reply to a comment there."""
    content = form.content.strip()
    if not content:
        raise Invalid(details=[Fault("content", "A comment needs words.")])
    post = await posts.lock_visible(tx, form.post_id, author.id)
    parent = await _find_parent(tx, form, author)
    thread_id = None if parent is None else rules.thread_of(parent)
    written = NewPostComment(PostCommentId(new_id()), post.id, thread_id, author.id, content, now())
    username = await queries.insert_comment(tx, written)
    if username is None:
        # The token outlived the account, or is about to end with it.
        raise Unauthenticated
    await _count(tx, [Tally(post.id, thread_id, 1)])
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
    return rules.show_new_comment(written, username)


async def list_comments(conn: Conn, wish: CommentsWish, viewer: Member | None) -> PostCommentPage:
    """List the comments on a post, newest first, or the replies to one of them, oldest first."""
    viewer_id = viewer and viewer.id
    await posts.get_visible(conn, wish.post_id, viewer_id)
    if wish.parent_id is not None:
        parent = await queries.find_comment(conn, wish.parent_id, viewer_id)
        if parent is None or parent.post_id != wish.post_id:
            raise PostCommentNotFound
    found = await queries.list_comments(conn, wish, viewer_id)
    shown, following = cut(found, wish.limit, lambda each: Cursor(each.created_at, each.id))
    comments = [rules.show_comment(each) for each in shown]
    return PostCommentPage(comments, following, following is not None)


async def delete_comment(tx: Tx, comment_id: PostCommentId, member: Member) -> None:
    """Delete a comment: one's own, one on one's own post, or any as staff.

    Replies to it stay, below a comment that says nothing any more.
    """
    written = await queries.find_comment(tx, comment_id, member.id)
    if written is None:
        raise PostCommentNotFound
    if not rules.can_delete_comment(written, member):
        is_known = written.is_shown and await posts.is_visible(tx, written.post_id, member)
        raise NotYourPostComment if is_known else PostCommentNotFound
    await posts.lock_posts(tx, [written.post_id])
    if not await remove(tx, [Place(comment_id, written.post_id)]):
        raise PostCommentNotFound


async def remove(tx: Tx, places: Sequence[Place]) -> int:
    """Delete comments on posts that are locked; tell on how many posts there were any.

    The counts stay exact, and of those with replies that remain an empty row is left.
    """
    comment_ids = [place.id for place in places]
    replies = await queries.delete_replies(tx, comment_ids)
    beginnings = await queries.delete_beginnings(tx, comment_ids)
    fewer = [structs.replace(tally, comments=-tally.comments) for tally in (*replies, *beginnings)]
    await _count(tx, fewer)
    await queries.delete_empty(tx, list(rules.sum_by_thread(fewer)))
    return len(fewer)


async def find_evidence(conn: Conn, comment_id: UUID, viewer: Member) -> PostCommentEvidence | None:
    """Give what a report of a comment has to keep; None where the viewer may not know of it."""
    found = await queries.find_comment(conn, PostCommentId(comment_id), viewer.id)
    if found is None or not found.is_shown:
        return None
    if not await posts.is_visible(conn, found.post_id, viewer):
        return None
    shown = rules.show_comment(found)
    assert shown.author is not None
    assert shown.content is not None
    return PostCommentEvidence(
        author_id=shown.author.id,
        username=shown.author.username,
        content=shown.content,
        post_id=found.post_id,
        created_at=found.created_at,
    )


async def hide_comments(tx: Tx, part: RecountBatch[Place]) -> list[Place]:
    """Count some hundreds of a member's comments no more, or again; tell which."""
    places = await queries.list_places(tx, part.user_id, part.after)
    await posts.lock_counts(tx, [place.post_id for place in places])
    changed = await queries.update_hidden(tx, [place.id for place in places], hide=part.hide)
    sign = -1 if part.hide else 1
    await _count(tx, [structs.replace(tally, comments=sign * tally.comments) for tally in changed])
    return places


async def _find_parent(tx: Tx, form: PostCommentForm, author: Member) -> StoredPostComment | None:
    if form.parent_id is None:
        return None
    parent = await queries.find_comment(tx, form.parent_id, author.id)
    if parent is None or parent.post_id != form.post_id or not parent.is_shown:
        raise PostCommentNotFound
    return parent


async def _count(tx: Tx, tallies: Sequence[Tally]) -> None:
    """Count so many more comments, at the posts and below the comments they reply to."""
    await posts.count_comments(tx, rules.sum_by_post(tallies))
    replies = rules.sum_by_thread(tallies)
    if replies:
        await queries.add_to_replies_counts(tx, list(replies), list(replies.values()))
