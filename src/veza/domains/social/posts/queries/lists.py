"""A page reads at most 5,000 posts; the feed merges the newest of each followed author."""

from veza.core.ids import UserId
from veza.core.visibility import active, blocked, muted, seen_post
from veza.domains.social.posts.models import PostOrder, PostPosition, PostQuery, StoredPost
from veza.domains.social.posts.queries.posts import COLUMNS, joins, liked_column
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The number of posts that a page reads at most to find those that the viewer may see.
MAX_POSTS_SCANNED = 5000


async def is_following_anybody(conn: Conn, member_id: UserId) -> bool:
    sql = "select exists (select from follows where follower_id = $1)"
    return bool(await conn.value(bool, sql, member_id))


async def list_feed(conn: Conn, viewer_id: UserId, query: PostQuery) -> list[StoredPost]:
    """Return the newest posts of the member and those they follow, with the next page's first.

    A page has posts of at most as many authors as it has posts: those whose newest posts are the
    newest. So blocks, mutes and suspensions are looked up for these authors only.
    """
    shown = Where()
    shown.add("u.id = p.author_id")
    newest_posts = _newest_of_each_author(shown, viewer_id, query)
    viewer = shown.bind(viewer_id)
    page = _list_newest("authors.author_id", shown, query, viewer=viewer, limit=query.limit + 1)
    exclude_hidden(shown, viewer_id)
    sql = f"""
        with authors as materialized (
            -- With limits, so that the planner follows the order and stops early.
            select p.author_id
              from ({newest_posts} order by created_at desc, id desc) as p
             cross join lateral (select from users u {shown.sql} limit 1) as shown
             order by p.created_at desc, p.id desc
             limit {query.limit + 1:d}
        ), page as (
            select newest.id
              from authors
             cross join lateral ({page}) as newest
             order by newest.created_at desc, newest.id desc
             limit {query.limit + 1:d}
        )
        {_select_page(shown, viewer_id, query.order)}
    """
    return await conn.all(StoredPost, sql, *shown.values)


def _newest_of_each_author(where: Where, viewer_id: UserId, query: PostQuery) -> str:
    """Return a select of the newest post after the cursor of each followed author and the viewer.

    An author's latest post is used if it is for all and after the cursor; otherwise an index lookup
    finds the newest that the viewer sees. Without followed authors no rows are selected.
    """
    viewer = where.bind(viewer_id)
    followed = f"""
        l.author_id = any(array(
            select followed_id from follows where follower_id = {viewer}
             union all
            (select follower_id from follows where follower_id = {viewer} limit 1)))
    """
    newest = _list_newest("l.author_id", where, query, viewer=viewer, limit=1)
    if query.after is None:
        return f"""
            select l.author_id, l.post_id as id, l.created_at
              from latest_posts l
             where not l.is_for_members and {followed}
             union all
            select l.author_id, newest.id, newest.created_at
              from latest_posts l
             cross join lateral ({newest}) as newest
             where l.is_for_members and {followed}
        """
    key, post_id = where.bind(query.after.key), where.bind(query.after.id)
    is_head = f"not l.is_for_members and (l.created_at, l.post_id) < ({key}, {post_id})"
    return f"""
        select l.author_id, head.id, head.created_at
          from latest_posts l
         cross join lateral (
                select l.post_id as id, l.created_at where {is_head}
                 union all
                select newest.id, newest.created_at
                  from ({newest}) as newest
                 where not ({is_head})) as head
         where {followed}
    """


def _list_newest(
    author: str, where: Where, query: PostQuery, *, viewer: str | None, limit: int
) -> str:
    return f"""
        select p.id, p.created_at
          from posts p
         where p.author_id = {author} and not p.is_taken_down and {seen_post("p", viewer)}
               {_between(where, query)}
         order by p.created_at desc, p.id desc
         limit {limit:d}
    """


async def list_posts(conn: Conn, query: PostQuery, viewer_id: UserId | None) -> list[StoredPost]:
    """Return a page of all posts and the next page's first.

    It is shorter if fewer posts among the first `MAX_POSTS_SCANNED` are visible to the viewer.
    """
    shown = Where()
    order = query.order
    # There may now be more posts up to `until`: new posts were published meanwhile.
    scanned = MAX_POSTS_SCANNED if query.until is None else 2 * MAX_POSTS_SCANNED
    between = _between(shown, query)
    exclude_hidden(shown, viewer_id)
    shown.add(seen_post("p", shown.bind_optional(viewer_id)))
    if query.exclude_followed and viewer_id is not None:
        shown.add("p.author_id <> {}", viewer_id)
        followed = "select from follows f where f.follower_id = {} and f.followed_id = p.author_id"
        shown.add(f"not exists ({followed})", viewer_id)
    sql = f"""
        with page as (
            select p.id
              from (select p.id, p.author_id, p.tier_id, p.{order}
                      from posts p
                     where not p.is_taken_down {between}
                     order by p.{order} desc, p.id desc
                     limit {scanned:d}) as p
              join users u on u.id = p.author_id
            {shown.sql}
             order by p.{order} desc, p.id desc
             limit {query.limit + 1:d}
        )
        {_select_page(shown, viewer_id, order)}
    """
    return await conn.all(StoredPost, sql, *shown.values)


async def find_scan_end(conn: Conn, query: PostQuery) -> PostPosition | None:
    """Return the position of the last post that a page reads; None if no post follows it."""
    where = Where()
    sql = f"""
        select p.{query.order} as key, p.id
          from posts p
         where not p.is_taken_down {_between(where, query)}
         order by p.{query.order} desc, p.id desc
         limit 2 offset {MAX_POSTS_SCANNED - 1:d}
    """
    found = await conn.all(PostPosition, sql, *where.values)
    return found[0] if len(found) > 1 else None


async def list_posts_of(
    conn: Conn, author_id: UserId, query: PostQuery, viewer_id: UserId | None
) -> list[StoredPost]:
    """Return a page of a member's posts, also of a hidden member, and the next page's first."""
    where = Where()
    author, viewer = where.bind(author_id), where.bind_optional(viewer_id)
    page = _list_newest(author, where, query, viewer=viewer, limit=query.limit + 1)
    sql = f"""
        with page as ({page})
        {_select_page(where, viewer_id, query.order)}
    """
    return await conn.all(StoredPost, sql, *where.values)


def _select_page(where: Where, viewer_id: UserId | None, order: PostOrder) -> str:
    return f"""
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from page
          join posts p on p.id = page.id
          {joins(where.bind_optional(viewer_id))}
         order by p.{order} desc, p.id desc
    """


def _between(where: Where, query: PostQuery) -> str:
    """Return the condition of the page's bounds, after `and`; empty without bounds."""
    ends = {"<": query.after, ">=": query.until}
    conditions = [
        f"(p.{query.order}, p.id) {comparison} ({where.bind(bound.key)}, {where.bind(bound.id)})"
        for comparison, bound in ends.items()
        if bound is not None
    ]
    return "".join(f"and {condition} " for condition in conditions)


def exclude_hidden(where: Where, viewer_id: UserId | None) -> None:
    """Exclude the posts `p` whose author is suspended, muted, or blocked in either direction."""
    where.add(active("u"))
    if viewer_id is None:
        return
    viewer = where.bind(viewer_id)
    where.add(f"not {blocked(viewer, 'p.author_id')} and not {muted(viewer, 'p.author_id')}")
