"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.ids import ImageId, PostId, UserId
from veza.domains.social.posts.models import (
    NewPost,
    PostFigures,
    PostImage,
    PostOrder,
    PostPosition,
    PostQuery,
    StoredPost,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# How many posts a page looks at for those that it may show, so that none takes for ever.
MAX_POSTS_SCANNED = 5000

_POST = """
    p.id, p.author_id, u.username, p.content, p.likes_count, p.comments_count, p.created_at,
    p.score, p.track_id, t.title, a.id as artist_id, a.username as artist_name,
    t.duration_ms, t.has_cover, p.product_id, o.title as product_title, o.type as product_type,
    o.price_cents, o.currency, s.id as seller_id, s.username as seller_name
"""

# The track and the product only where everybody may hear or buy them.
_JOINS = """
    join users u on u.id = p.author_id
    left join (tracks t join users a on a.id = t.owner_id and a.suspended_at is null)
      on t.id = p.track_id and t.visibility = 'public' and t.status = 'ready'
    left join (products o join users s on s.id = o.seller_id and s.suspended_at is null)
      on o.id = p.product_id and o.status = 'published'
"""


def _liked(where: Where, viewer_id: UserId | None) -> str:
    """Tell whether the viewer likes a post, as a column: null where nobody is signed in."""
    if viewer_id is None:
        return "null as liked"
    likes = f"l.post_id = p.id and l.user_id = {where.bind(viewer_id)}"
    return f"exists (select from post_likes l where {likes}) as liked"


def _are_blocked(where: Where, viewer_id: UserId | None) -> str:
    """Tell whether author or viewer blocks the other, as a condition."""
    if viewer_id is None:
        return "false"
    viewer = where.bind(viewer_id)
    return f"""exists (
        select from blocks b
         where (b.blocker_id, b.blocked_id) in (({viewer}, p.author_id), (p.author_id, {viewer})))
    """


def _hide(where: Where, viewer_id: UserId | None) -> None:
    """Leave out the posts `p` whose author is suspended, blocked either way, or muted."""
    where.add("u.suspended_at is null")
    if viewer_id is None:
        return
    where.add(f"not {_are_blocked(where, viewer_id)}")
    muted = "select from mutes m where m.muter_id = {} and m.muted_id = p.author_id"
    where.add(f"not exists ({muted})", viewer_id)


async def insert_post(tx: Tx, post: NewPost) -> str | None:
    """Give the author's name; None, and nothing is written, where they are gone or suspended."""
    sql = """
        with author as (
            select id, username from users where id = $2 and suspended_at is null for share
        ), written as (
            insert into posts (id, author_id, content, track_id, created_at, product_id)
                 select $1, id, $3, $4, $5, $6 from author
        ), latest as (
            insert into latest_posts as known (author_id, post_id, created_at)
                 select id, $1, $5 from author
            on conflict (author_id) do update
                    set post_id = excluded.post_id, created_at = excluded.created_at
                  where (known.created_at, known.post_id) < (excluded.created_at, excluded.post_id)
        )
        select username from author
    """
    return await tx.value(str, sql, *structs.astuple(post))


async def insert_images(tx: Tx, post_id: PostId, image_ids: list[ImageId]) -> None:
    sql = """
        insert into post_images (post_id, image_id, place)
             select $1, i.id, i.number - 1 from unnest($2::uuid[]) with ordinality as i (id, number)
    """
    await tx.run(sql, post_id, image_ids)


async def list_images(conn: Conn, post_ids: list[PostId]) -> list[PostImage]:
    """The images of posts, each post's in their order."""
    sql = """
        select s.post_id, i.id, i.width, i.height
          from post_images s
          join images i on i.id = s.image_id
         where s.post_id = any($1)
         order by s.post_id, s.place
    """
    return await conn.all(PostImage, sql, post_ids)


async def find_post(conn: Conn, post_id: PostId, viewer_id: UserId | None) -> StoredPost | None:
    where = Where()
    where.add("p.id = {}", post_id)
    sql = f"""
        select {_POST}, {_liked(where, viewer_id)},
               u.suspended_at is not null or {_are_blocked(where, viewer_id)} as is_hidden
          from posts p
          {_JOINS}
        {where.sql}
    """
    return await conn.maybe(StoredPost, sql, *where.values)


async def is_following_anybody(conn: Conn, member_id: UserId) -> bool:
    sql = "select exists (select from follows where follower_id = $1)"
    return bool(await conn.value(bool, sql, member_id))


async def list_feed(conn: Conn, viewer_id: UserId, wish: PostQuery) -> list[StoredPost]:
    """Posts of those whom a member follows, and their own, newest first; one more than asked for.

    A page can only hold posts of the authors with the newest ones: all others' are older. So what
    else a post depends on, such as whether its author is suspended, is asked of as few authors as
    there are posts in a page.
    """
    shown = Where()
    shown.add("u.id = p.author_id")
    heads = _list_heads(shown, viewer_id, wish)
    page = _list_newest("authors.author_id", shown, wish, limit=wish.limit + 1)
    _hide(shown, viewer_id)
    sql = f"""
        with authors as materialized (
            -- With limits of their own, so that it goes along the order, and ends where it may.
            select p.author_id
              from ({heads} order by created_at desc, id desc) as p
             cross join lateral (select from users u {shown.sql} limit 1) as shown
             order by p.created_at desc, p.id desc
             limit {wish.limit + 1:d}
        ), page as (
            select newest.id
              from authors
             cross join lateral ({page}) as newest
             order by newest.created_at desc, newest.id desc
             limit {wish.limit + 1:d}
        )
        {_show_page(shown, viewer_id, wish.order)}
    """
    return await conn.all(StoredPost, sql, *shown.values)


def _list_heads(where: Where, viewer_id: UserId, wish: PostQuery) -> str:
    """The newest post of each whom a member follows, and their own: the newest behind a place.

    Where an author's very newest is behind it, that is it; else one step on the index finds it.
    Who follows nobody has none.
    """
    viewer = where.bind(viewer_id)
    followed = f"""
        l.author_id = any(array(
            select followed_id from follows where follower_id = {viewer}
             union all
            (select follower_id from follows where follower_id = {viewer} limit 1)))
    """
    if wish.after is None:
        latest = "select l.author_id, l.post_id as id, l.created_at from latest_posts l"
        return f"{latest} where {followed}"
    key, post_id = where.bind(wish.after.key), where.bind(wish.after.id)
    is_behind = f"(l.created_at, l.post_id) < ({key}, {post_id})"
    return f"""
        select l.author_id, head.id, head.created_at
          from latest_posts l
         cross join lateral (
                select l.post_id as id, l.created_at where {is_behind}
                 union all
                select newest.id, newest.created_at
                  from ({_list_newest("l.author_id", where, wish, limit=1)}) as newest
                 where not {is_behind}) as head
         where {followed}
    """


def _list_newest(author: str, where: Where, wish: PostQuery, *, limit: int) -> str:
    return f"""
        select p.id, p.created_at
          from posts p
         where p.author_id = {author} {_between(where, wish, "and")}
         order by p.created_at desc, p.id desc
         limit {limit:d}
    """


async def list_posts(conn: Conn, wish: PostQuery, viewer_id: UserId | None) -> list[StoredPost]:
    """Everybody's posts, one more than asked for; fewer where a page would look at too many."""
    shown, order = Where(), wish.order
    between = _between(shown, wish, "where")
    _hide(shown, viewer_id)
    if wish.leaves_out_followed and viewer_id is not None:
        shown.add("p.author_id <> {}", viewer_id)
        followed = "select from follows f where f.follower_id = {} and f.followed_id = p.author_id"
        shown.add(f"not exists ({followed})", viewer_id)
    sql = f"""
        with page as (
            select p.id
              from (select p.id, p.author_id, p.{order}
                      from posts p
                    {between}
                     order by p.{order} desc, p.id desc
                     limit {MAX_POSTS_SCANNED if wish.until is None else 2 * MAX_POSTS_SCANNED:d}) as p
              join users u on u.id = p.author_id
            {shown.sql}
             order by p.{order} desc, p.id desc
             limit {wish.limit + 1:d}
        )
        {_show_page(shown, viewer_id, order)}
    """
    return await conn.all(StoredPost, sql, *shown.values)


async def find_end(conn: Conn, wish: PostQuery) -> PostPosition | None:
    """The last post that a page looks at; None where no more come behind it."""
    where = Where()
    sql = f"""
        select p.{wish.order} as key, p.id
          from posts p
        {_between(where, wish, "where")}
         order by p.{wish.order} desc, p.id desc
         limit 2 offset {MAX_POSTS_SCANNED - 1:d}
    """
    found = await conn.all(PostPosition, sql, *where.values)
    return found[0] if len(found) > 1 else None


async def list_posts_of(
    conn: Conn, author_id: UserId, wish: PostQuery, viewer_id: UserId | None
) -> list[StoredPost]:
    """A member's posts, newest first, hidden or not; one more than asked for."""
    where = Where()
    author = where.bind(author_id)
    sql = f"""
        with page as ({_list_newest(author, where, wish, limit=wish.limit + 1)})
        {_show_page(where, viewer_id, wish.order)}
    """
    return await conn.all(StoredPost, sql, *where.values)


def _show_page(where: Where, viewer_id: UserId | None, order: PostOrder) -> str:
    return f"""
        select {_POST}, {_liked(where, viewer_id)}
          from page
          join posts p on p.id = page.id
          {_JOINS}
         order by p.{order} desc, p.id desc
    """


def _between(where: Where, wish: PostQuery, word: str) -> str:
    """Begin and end at places, as a clause that begins with a word; empty where there is none."""
    ends = {"<": wish.after, ">=": wish.until}
    conditions = [
        f"(p.{wish.order}, p.id) {comparison} ({where.bind(place.key)}, {where.bind(place.id)})"
        for comparison, place in ends.items()
        if place is not None
    ]
    return f"{word} {' and '.join(conditions)}" if conditions else ""


async def lock_latest(tx: Tx, author_id: UserId) -> None:
    """Let nobody else publish or delete a post of an author meanwhile."""
    await tx.run("select from latest_posts where author_id = $1 for update", author_id)


async def delete_posts(tx: Tx, author_id: UserId, post_ids: list[PostId]) -> None:
    """Delete posts of one author, whose latest is locked, and note which is the latest now."""
    sql = """
        with deleted as (
            delete from posts where author_id = $1 and id = any($2)
        ), left_over as (
              select id, created_at
                from posts
               where author_id = $1 and id <> all($2)
               order by created_at desc, id desc
               limit 1
        ), emptied as (
            delete from latest_posts where author_id = $1 and not exists (select from left_over)
        )
        update latest_posts
           set post_id = left_over.id, created_at = left_over.created_at
          from left_over
         where author_id = $1
    """
    await tx.run(sql, author_id, post_ids)


async def insert_like(tx: Tx, post_id: PostId, liker_id: UserId) -> int | None:
    """Record a like and count it, together; None where whoever likes is gone or suspended."""
    sql = """
        with liker as (
            select id from users where id = $2 and suspended_at is null for share
        ), liked as (
            insert into post_likes (post_id, user_id) select $1, id from liker returning post_id
        )
           update posts
              set likes_count = likes_count + 1
             from liked
            where posts.id = liked.post_id
        returning likes_count
    """
    return await tx.value(int, sql, post_id, liker_id)


async def delete_like(tx: Tx, post_id: PostId, liker_id: UserId) -> int | None:
    """Take a like back and count it, together; None if there was none."""
    sql = """
        with unliked as (
            delete from post_likes where post_id = $1 and user_id = $2
            returning post_id, is_hidden
        )
           update posts
              set likes_count = likes_count - (not unliked.is_hidden)::integer
             from unliked
            where posts.id = unliked.post_id
        returning likes_count
    """
    return await tx.value(int, sql, post_id, liker_id)


async def lock_posts(tx: Tx, post_ids: Sequence[PostId]) -> int:
    """Give how many of them are there."""
    sql = "select id from posts where id = any($1) order by id for update"
    return len(await tx.column(UUID, sql, post_ids))


async def lock_counts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    sql = "select id from posts where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, post_ids)


async def add_to_comments_counts(tx: Tx, post_ids: list[PostId], more: list[int]) -> None:
    sql = """
        update posts
           set comments_count = comments_count + tally.more
          from unnest($1::uuid[], $2::integer[]) as tally (id, more)
         where posts.id = tally.id
    """
    await tx.run(sql, post_ids, more)


async def list_liked_posts(conn: Conn, liker_id: UserId, after: PostId | None) -> list[PostId]:
    """The posts that a member likes, in the order of their ids, 500 at a time."""
    where = Where()
    where.add("user_id = {}", liker_id)
    if after is not None:
        where.add("post_id > {}", after)
    sql = f"select post_id from post_likes {where.sql} order by post_id limit 500"
    return [PostId(found) for found in await conn.column(UUID, sql, *where.values)]


async def update_hidden(tx: Tx, liker_id: UserId, post_ids: list[PostId], *, hide: bool) -> None:
    """Hide or show a member's likes of some posts, which are locked, and count that."""
    sql = """
        with changed as (
               update post_likes
                  set is_hidden = $3
                where user_id = $1 and post_id = any($2) and is_hidden <> $3
            returning post_id
        )
        update posts
           set likes_count = likes_count + case when $3 then -1 else 1 end
          from changed
         where posts.id = changed.post_id
    """
    await tx.run(sql, liker_id, post_ids, hide)


async def delete_likes_of(tx: Tx, liker_id: UserId) -> None:
    """Delete a member's likes, which are hidden already, and so not counted."""
    await tx.run("delete from post_likes where user_id = $1 and is_hidden", liker_id)


async def count_posts(conn: Conn) -> PostFigures:
    sql = """
        select count(*) as total,
               coalesce(sum(likes_count), 0)::bigint as likes,
               coalesce(sum(comments_count), 0)::bigint as comments
          from posts
    """
    return await conn.one(PostFigures, sql)
