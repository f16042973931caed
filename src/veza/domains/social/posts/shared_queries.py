"""Statements on locks and counters of posts, which other domains call."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from veza.core.ids import PostId
from veza.infra.postgres.database import Tx


async def lock_posts(tx: Tx, post_ids: Sequence[PostId]) -> int:
    """Lock posts by id, before rows that belong to them change; return how many exist."""
    sql = "select id from posts where id = any($1) order by id for update"
    return len(await tx.column(UUID, sql, post_ids))


async def lock_counts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Lock the counts of posts in the order of their ids.

    Transactions that only prevent the deletion of a post don't wait for this lock.
    """
    sql = "select id from posts where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, post_ids)


async def add_to_comments_counts(tx: Tx, differences: Mapping[PostId, int]) -> None:
    """Add to the comment counts of posts that the caller has locked."""
    sql = """
        update posts
           set comments_count = comments_count + d.difference
          from unnest($1::uuid[], $2::integer[]) as d (id, difference)
         where posts.id = d.id
    """
    await tx.run(sql, list(differences), list(differences.values()))
