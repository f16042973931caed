"""A deleted comment with replies stays as a placeholder until its last reply goes."""

from collections.abc import Mapping, Sequence

from veza.core.ids import LOWEST_ID, CommentId, UserId
from veza.core.people import person_columns
from veza.core.visibility import active, suspended
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.track_comments.models import (
    CommentEvidence,
    NewComment,
    OwnedComment,
    PersonalComment,
    TrackCommentCount,
    TrackCommentRef,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def insert_comment(tx: Tx, comment: NewComment) -> NamedMember | None:
    """Store a comment and return its author; None if they are deleted or suspended.

    A concurrent suspension waits for this transaction, and then hides this comment too.
    """
    sql = f"""
        with author as (
            select id, username, display_name, avatar_id
              from users
             where id = :author_id and {active()}
               for share
        ), written as (
            insert into track_comments (id, track_id, parent_id, author_id, content, position_ms,
                                        created_at)
                 select :id, :track_id, :parent_id, id, :content, :position_ms, :created_at
                   from author
        )
        select {person_columns("author")} from author
    """
    return await tx.maybe(NamedMember, *bind(sql, comment))


async def update_content(tx: Tx, comment_id: CommentId, content: str) -> None:
    """Change the text of a comment. One that stays the same is not edited."""
    sql = """
        update track_comments
           set content = $2, edited_at = now()
         where id = $1 and content <> $2
    """
    await tx.run(sql, comment_id, content)


async def find_evidence(conn: Conn, comment_id: CommentId) -> CommentEvidence | None:
    """Return a comment that may be shown; the track's visibility is not checked."""
    sql = f"""
        select c.author_id, u.username, c.content, c.position_ms, c.track_id,
               t.title as track_title, c.created_at
          from track_comments c
          join users u on u.id = c.author_id
          join tracks t on t.id = c.track_id
         where c.id = $1 and not c.is_taken_down and {active("u")}
    """
    return await conn.maybe(CommentEvidence, sql, comment_id)


async def list_comment_refs(
    conn: Conn, author_id: UserId, after: TrackCommentRef | None
) -> list[TrackCommentRef]:
    """Return the next 500 comments of a member, ordered by track."""
    sql = """
        select id, track_id from track_comments
         where author_id = $1 and (track_id, id) > ($2, $3)
         order by track_id, id limit 500
    """
    last = (after.track_id, after.id) if after else (LOWEST_ID, LOWEST_ID)
    return await conn.all(TrackCommentRef, sql, author_id, *last)


async def add_to_replies_counts(tx: Tx, differences: Mapping[CommentId, int]) -> None:
    sql = """
        update track_comments
           set replies_count = replies_count + d.difference
          from unnest($1::uuid[], $2::integer[]) as d (id, difference)
         where track_comments.id = d.id
    """
    await tx.run(sql, list(differences), list(differences.values()))


async def update_hidden(
    tx: Tx, comment_ids: Sequence[CommentId], *, hide: bool
) -> list[TrackCommentCount]:
    """Hide or show comments; return how many changed in each thread.

    Those that are taken down stay hidden.
    """
    sql = """
        with changed as (
               update track_comments
                  set is_hidden = $2 or is_taken_down
                where id = any($1) and is_hidden <> ($2 or is_taken_down) and deleted_at is null
            returning track_id, parent_id
        )
        select track_id, parent_id, count(*) as comments from changed group by track_id, parent_id
    """
    return await tx.all(TrackCommentCount, sql, comment_ids, hide)


async def delete_replies(tx: Tx, comment_ids: Sequence[CommentId]) -> list[TrackCommentCount]:
    """Delete those of the comments that are replies; return how many were counted."""
    sql = """
        with deleted as (
            delete from track_comments where id = any($1) and parent_id is not null
            returning track_id, parent_id, is_hidden
        )
        select track_id, parent_id, count(*) filter (where not is_hidden) as comments
          from deleted
         group by track_id, parent_id
    """
    return await tx.all(TrackCommentCount, sql, comment_ids)


async def delete_first(tx: Tx, comment_ids: Sequence[CommentId]) -> list[TrackCommentCount]:
    """Delete those of the comments that are no replies; return how many were counted.

    Comments with replies become placeholders, without author, content and likes.
    """
    sql = """
        with found as (
            select c.id, c.track_id, c.is_hidden,
                   exists (select from track_comments r where r.parent_id = c.id) as is_answered
              from track_comments c
             where c.id = any($1) and c.parent_id is null and c.deleted_at is null
        ), unliked as (
            delete from track_comment_likes
             using found
             where track_comment_likes.comment_id = found.id and found.is_answered
        ), placeholders as (
            update track_comments
               set author_id = null, content = null, is_hidden = false, likes_count = 0,
                   edited_at = null, deleted_at = now()
              from found
             where track_comments.id = found.id and found.is_answered
        ), deleted as (
            delete from track_comments
             using found
             where track_comments.id = found.id and not found.is_answered
        )
        select track_id, null::uuid as parent_id,
               count(*) filter (where not is_hidden) as comments
          from found
         group by track_id
    """
    return await tx.all(TrackCommentCount, sql, comment_ids)


async def delete_placeholders(tx: Tx, comment_ids: Sequence[CommentId]) -> None:
    """Delete the placeholders among the comments that have no replies left."""
    sql = """
        delete from track_comments c
         where c.id = any($1)
           and c.deleted_at is not null
           and not exists (select from track_comments r where r.parent_id = c.id)
    """
    await tx.run(sql, comment_ids)


async def find_owned(conn: Conn, comment_id: CommentId) -> OwnedComment | None:
    """Return the author and the text of a comment that is not deleted, also of a hidden one."""
    sql = """
        select track_id, author_id, content
          from track_comments
         where id = $1 and deleted_at is null
    """
    return await conn.maybe(OwnedComment, sql, comment_id)


async def update_taken_down(
    tx: Tx, comment_id: CommentId, *, is_taken_down: bool
) -> TrackCommentCount | None:
    """Hide a comment, or show it unless its author is suspended; return what has changed."""
    sql = f"""
        with found as (
            select c.id, c.is_hidden as was_hidden, $2 or {suspended("u")} as is_hidden
              from track_comments c
              join users u on u.id = c.author_id
             where c.id = $1 and c.deleted_at is null
        ), changed as (
               update track_comments
                  set is_taken_down = $2, is_hidden = found.is_hidden
                 from found
                where track_comments.id = found.id
            returning track_id, parent_id, found.was_hidden, found.is_hidden as is_hidden
        )
        select track_id, parent_id, was_hidden::integer - is_hidden::integer as comments
          from changed
    """
    return await tx.maybe(TrackCommentCount, sql, comment_id, is_taken_down)


async def list_personal_comments(conn: Conn, author_id: UserId) -> list[PersonalComment]:
    sql = """
        select id, track_id, parent_id, content, position_ms, created_at, edited_at
          from track_comments
         where author_id = $1
         order by id
    """
    return await conn.every(PersonalComment, sql, author_id)


async def update_author(tx: Tx, author_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all comments of a page."""
    sql = "update track_comments set author_id = $2 where author_id = $1"
    await tx.run(sql, author_id, into_id)
