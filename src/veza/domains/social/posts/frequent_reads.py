"""The reads of posts that are answered in front of the framework, see `http.frequent_reads`."""

from collections.abc import Mapping

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import PostId
from veza.core.pages import BadCursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.social.posts import routes, rules, service
from veza.domains.social.posts.models import FeedPage, Post, PostOrder, PostPage, PostQuery
from veza.http.frequent_reads import FrequentRead, read_id, read_limit
from veza.infra.postgres.database import Conn

_PARAMETERS = frozenset({"limit", "cursor"})


def _find_query(parameters: Mapping[str, str], order: PostOrder) -> PostQuery | None:
    limit, cursor = read_limit(parameters), parameters.get("cursor")
    if limit is None:
        return None
    try:
        after = None if cursor is None else rules.decode_position(cursor, order)
    except BadCursor:
        return None
    return PostQuery(limit, after, order=order)


def _find_newest(parameters: Mapping[str, str]) -> PostQuery | None:
    return _find_query(parameters, PostOrder.NEWEST)


def _find_explored(parameters: Mapping[str, str]) -> PostQuery | None:
    query = _find_query(parameters, PostOrder.NEWEST)
    return query and structs.replace(query, exclude_followed=True)


def _find_trending(parameters: Mapping[str, str]) -> PostQuery | None:
    return _find_query(parameters, PostOrder.SCORE)


async def _show_feed(
    conn: Conn, key: PostQuery, viewer: Member | None, urls: UrlBuilder
) -> FeedPage:
    return await service.list_feed(conn, viewer, key, urls)


async def _list_posts(
    conn: Conn, key: PostQuery, viewer: Member | None, urls: UrlBuilder
) -> PostPage:
    return await service.list_posts(conn, key, viewer, urls)


async def _show_post(conn: Conn, key: PostId, viewer: Member | None, urls: UrlBuilder) -> Post:
    return await service.get_post(conn, key, viewer, urls)


SHOW_FEED = FrequentRead("/social/feed", routes.show_feed, _PARAMETERS, _find_newest, _show_feed)
EXPLORE_POSTS = FrequentRead(
    "/social/explore", routes.explore_posts, _PARAMETERS, _find_explored, _list_posts
)
LIST_TRENDING_POSTS = FrequentRead(
    "/social/trending", routes.list_trending_posts, _PARAMETERS, _find_trending, _list_posts
)
SHOW_POST = FrequentRead(
    "/social/posts/{post_id}", routes.show_post, frozenset(), read_id, _show_post
)
