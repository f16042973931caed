"""Indexes new posts a moment later; updates their popularity in the search."""

from veza.domains.social.posts import service
from veza.domains.social.posts import shared_queries as post_queries
from veza.domains.social.posts.events import PostPublished
from veza.domains.social.posts.queries import search
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries


async def index_post(tx: Tx, event: PostPublished) -> None:
    """Index a new post, which is found a moment after it was published."""
    await post_queries.lock_counts(tx, [event.post_id])
    await service.index_posts(tx, [event.post_id])


async def refresh_search(database: Database) -> None:
    """Update the popularity of posts in the search."""
    await refresh_indexes(database, [search.POSTS])


async def recount_search_words(database: Database) -> None:
    """Count how many posts have each word."""
    await recount_dictionaries(database, [search.POSTS])
