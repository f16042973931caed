"""Exports and erases posts and likes; the counts of others' posts stay exact."""

from veza.core.ids import PostId, UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.social.posts import service
from veza.domains.social.posts import shared_queries as post_queries_module
from veza.domains.social.posts.models import PersonalPosts, PostQuery
from veza.domains.social.posts.queries import likes, lists, search
from veza.domains.social.posts.queries import posts as post_queries
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("posts", "latest_posts", "post_images", "post_likes")

_BATCH = 500


async def export(conn: Conn, user_id: UserId) -> PersonalPosts:
    """Return a member's posts and the posts they like."""
    posts = await post_queries.list_personal_posts(conn, user_id)
    liked: list[PostId] = []
    while ids := await likes.list_liked_posts(conn, user_id, liked[-1] if liked else None):
        liked += ids
    return PersonalPosts(posts, liked)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's posts and likes; the counts of others' posts stay exact."""
    after: PostId | None = None
    while liked := await service.update_hidden_likes(tx, RecountBatch(user_id, after, hide=True)):
        after = liked[-1]
    await likes.delete_hidden_likes(tx, user_id)
    await post_queries.lock_latest(tx, user_id)
    while found := await lists.list_posts_of(tx, user_id, PostQuery(_BATCH), user_id):
        post_ids = [post.id for post in found]
        await post_queries_module.lock_posts(tx, post_ids)
        await service.delete_posts(tx, user_id, post_ids)
    await delete_unused_words(tx, search.POSTS, await account_queries.find_username(tx, user_id))


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all posts of a page."""
    await post_queries.lock_latest_of(tx, [user_id, into_id])
    await post_queries.update_author(tx, user_id, into_id)
