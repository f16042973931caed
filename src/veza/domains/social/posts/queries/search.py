"""Finds posts by words, trending ones first, but none of suspended authors."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, PostId, UserId
from veza.core.search_query import SearchQuery
from veza.core.visibility import active, seen_post
from veza.domains.social.posts.models import SearchablePost, StoredPost
from veza.domains.social.posts.queries.lists import exclude_hidden
from veza.domains.social.posts.queries.posts import COLUMNS, joins, liked_column
from veza.infra.postgres.database import Conn
from veza.infra.postgres.search_index import SearchIndex, found_sql
from veza.infra.postgres.where import Where

POSTS = SearchIndex(
    "post",
    "post_search",
    "(select p.score from posts p where p.id = batch.id)",
    # As trending posts are sorted. The words of a post say little about how well it matches.
    score="popularity + bonus",
)
# More than a page, because the viewer may not see some of them.
_RANKED = 200


async def search_posts(
    conn: Conn, query: SearchQuery, limit: int, *, viewer_id: UserId | None
) -> list[StoredPost]:
    """Return the posts that match and that the viewer may see, trending posts first."""
    shown = Where()
    found = found_sql(POSTS, shown, query, max(limit, _RANKED))
    shown.add("not p.is_taken_down")
    exclude_hidden(shown, viewer_id)
    shown.add(seen_post("p", shown.bind_optional(viewer_id)))
    sql = f"""
        {found}
        select {COLUMNS}, {liked_column(shown, viewer_id)}
          from found
          join posts p on p.id = found.id
          {joins(shown.bind_optional(viewer_id))}
        {shown.sql}
         order by found.score desc, found.id desc
         limit {limit:d}
    """
    return await conn.all(StoredPost, sql, *shown.values)


async def list_searchable(conn: Conn, post_ids: Sequence[PostId]) -> list[SearchablePost]:
    """Return those of the posts that lists may show."""
    sql = f"""
        select p.id, u.username, p.content, p.score
          from posts p
          join users u on u.id = p.author_id
         where p.id = any($1) and not p.is_taken_down and {active("u")}
    """
    return await conn.all(SearchablePost, sql, post_ids)


async def list_post_ids(conn: Conn, author_id: UserId | None, after: PostId | None) -> list[PostId]:
    """Return the next 500 posts of a member or of all, ordered by id."""
    where = Where()
    where.add("id > {}", after or LOWEST_ID)
    if author_id is not None:
        where.add("author_id = {}", author_id)
    sql = f"select id from posts {where.sql} order by id limit 500"
    return [PostId(found) for found in await conn.column(UUID, sql, *where.values)]
