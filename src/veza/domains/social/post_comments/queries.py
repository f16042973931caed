"""A deleted comment with replies stays as a placeholder until its last reply goes."""

from collections.abc import Mapping, Sequence

from veza.core.ids import LOWEST_ID, PostCommentId, UserId
from veza.core.people import appearance, person_columns
from veza.core.visibility import active, suspended
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.social.post_comments.models import (
    NewPostComment,
    PersonalPostComment,
    PostCommentCount,
    PostCommentQuery,
    PostCommentRef,
    StoredPostComment,
)
from veza.infra.postgres.comment_threads import add_thread, shown_comment
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


def _select_comments(is_shown: str) -> str:
    return f"""
        select c.id, c.post_id, p.author_id as post_author_id, c.parent_id, c.author_id,
               u.username, {appearance("u")} as appearance, c.content, c.replies_count,
               c.created_at, {is_shown} as is_shown
          from post_comments c
          join posts p on p.id = c.post_id
          left join users u on u.id = c.author_id
    """


async def insert_comment(tx: Tx, comment: NewPostComment) -> NamedMember | None:
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
            insert into post_comments (id, post_id, parent_id, author_id, content, created_at)
                 select :id, :post_id, :parent_id, id, :content, :created_at from author
        )
        select {person_columns("author")} from author
    """
    return await tx.maybe(NamedMember, *bind(sql, comment))


async def find_comment(
    conn: Conn, comment_id: PostCommentId, viewer_id: UserId | None
) -> StoredPostComment | None:
    where = Where()
    where.add("c.id = {}", comment_id)
    is_shown = shown_comment(where, viewer_id, is_listed=False)
    sql = f"{_select_comments(is_shown)} {where.sql}"
    return await conn.maybe(StoredPostComment, sql, *where.values)


async def list_comments(
    conn: Conn, query: PostCommentQuery, viewer_id: UserId | None
) -> list[StoredPostComment]:
    """Return a page and the first row of the next page, in the order of `add_thread`."""
    where = Where()
    is_shown = shown_comment(where, viewer_id, is_listed=True)
    where.add("c.post_id = {}", query.post_id)
    order = add_thread(where, is_shown, parent_id=query.parent_id, cursor=query.cursor)
    sql = f"""
        {_select_comments(is_shown)}
        {where.sql}
         order by {order}
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredPostComment, sql, *where.values)


async def add_to_replies_counts(tx: Tx, differences: Mapping[PostCommentId, int]) -> None:
    sql = """
        update post_comments
           set replies_count = replies_count + d.difference
          from unnest($1::uuid[], $2::integer[]) as d (id, difference)
         where post_comments.id = d.id
    """
    await tx.run(sql, list(differences), list(differences.values()))


async def delete_replies(tx: Tx, comment_ids: Sequence[PostCommentId]) -> list[PostCommentCount]:
    """Delete those of the comments that are replies; return how many were counted."""
    sql = """
        with deleted as (
            delete from post_comments where id = any($1) and parent_id is not null
            returning post_id, parent_id, is_hidden
        )
        select post_id, parent_id, count(*) filter (where not is_hidden) as comments
          from deleted
         group by post_id, parent_id
    """
    return await tx.all(PostCommentCount, sql, comment_ids)


async def delete_top_level(tx: Tx, comment_ids: Sequence[PostCommentId]) -> list[PostCommentCount]:
    """Delete the top-level comments; return how many were counted.

    Comments with replies become placeholders, without author and content.
    """
    sql = """
        with found as (
            select c.id, c.post_id, c.is_hidden,
                   exists (select from post_comments r where r.parent_id = c.id) as is_answered
              from post_comments c
             where c.id = any($1) and c.parent_id is null and c.deleted_at is null
        ), placeholders as (
            update post_comments
               set author_id = null, content = null, is_hidden = false, deleted_at = now()
              from found
             where post_comments.id = found.id and found.is_answered
        ), deleted as (
            delete from post_comments
             using found
             where post_comments.id = found.id and not found.is_answered
        )
        select post_id, null::uuid as parent_id,
               count(*) filter (where not is_hidden) as comments
          from found
         group by post_id
    """
    return await tx.all(PostCommentCount, sql, comment_ids)


async def delete_placeholders(tx: Tx, comment_ids: Sequence[PostCommentId]) -> None:
    """Delete the placeholders among the comments that have no replies left."""
    sql = """
        delete from post_comments c
         where c.id = any($1)
           and c.deleted_at is not null
           and not exists (select from post_comments r where r.parent_id = c.id)
    """
    await tx.run(sql, comment_ids)


async def list_comment_refs(
    conn: Conn, author_id: UserId, after: PostCommentRef | None
) -> list[PostCommentRef]:
    """Return the next 500 comments of a member, ordered by post."""
    sql = """
        select id, post_id from post_comments
         where author_id = $1 and (post_id, id) > ($2, $3)
         order by post_id, id limit 500
    """
    last = (after.post_id, after.id) if after else (LOWEST_ID, LOWEST_ID)
    return await conn.all(PostCommentRef, sql, author_id, *last)


async def update_hidden(
    tx: Tx, comment_ids: Sequence[PostCommentId], *, hide: bool
) -> list[PostCommentCount]:
    """Hide or show comments; return how many changed in each thread.

    Those that are taken down stay hidden.
    """
    sql = """
        with changed as (
               update post_comments
                  set is_hidden = $2 or is_taken_down
                where id = any($1) and is_hidden <> ($2 or is_taken_down) and deleted_at is null
            returning post_id, parent_id
        )
        select post_id, parent_id, count(*) as comments from changed group by post_id, parent_id
    """
    return await tx.all(PostCommentCount, sql, comment_ids, hide)


async def update_taken_down(
    tx: Tx, comment_id: PostCommentId, *, is_taken_down: bool
) -> PostCommentCount | None:
    """Hide a comment, or show it unless its author is suspended; return what has changed."""
    sql = f"""
        with found as (
            select c.id, c.is_hidden as was_hidden, $2 or {suspended("u")} as is_hidden
              from post_comments c
              join users u on u.id = c.author_id
             where c.id = $1 and c.deleted_at is null
        ), changed as (
               update post_comments
                  set is_taken_down = $2, is_hidden = found.is_hidden
                 from found
                where post_comments.id = found.id
            returning post_id, parent_id, found.was_hidden, found.is_hidden as is_hidden
        )
        select post_id, parent_id, was_hidden::integer - is_hidden::integer as comments
          from changed
    """
    return await tx.maybe(PostCommentCount, sql, comment_id, is_taken_down)


async def list_personal_comments(conn: Conn, author_id: UserId) -> list[PersonalPostComment]:
    sql = """
        select id, post_id, content, created_at
          from post_comments
         where author_id = $1
         order by id
    """
    return await conn.every(PersonalPostComment, sql, author_id)


async def update_author(tx: Tx, author_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all comments of a page."""
    await tx.run("update post_comments set author_id = $2 where author_id = $1", author_id, into_id)
