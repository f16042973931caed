"""The relations of two profiles become those of one: each is counted once, and none with itself."""

from uuid import UUID

from veza.core.ids import UserId
from veza.core.visibility import blocked
from veza.infra.postgres.database import Tx

# The follows of two profiles, each with who is on its other side.
_THEIRS = """
            select f.follower_id, f.followed_id,
                   case when f.follower_id in ($1, $2) then f.followed_id
                        else f.follower_id end as other_id
              from follows f
             where f.follower_id in ($1, $2) or f.followed_id in ($1, $2)
"""


async def lock_counts_of_both(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Lock the counts of both, and of all whose counts a merge changes, in the order of ids."""
    sql = """
        select user_id
          from follow_counts
         where user_id in ($1, $2)
            or user_id in (select followed_id from follows where follower_id in ($1, $2))
            or user_id in (select follower_id from follows where followed_id in ($1, $2))
         order by user_id
           for update
    """
    await tx.column(UUID, sql, user_id, into_id)


async def insert_blocks(tx: Tx, user_id: UserId, into_id: UserId) -> list[UserId]:
    """Move blocks by and of a page to another profile; return the other members."""
    sql = """
        insert into blocks (blocker_id, blocked_id, blocked_at)
             select case when blocker_id = $1 then $2 else blocker_id end,
                    case when blocked_id = $1 then $2 else blocked_id end, blocked_at
               from blocks
              where $1 in (blocker_id, blocked_id) and $2 not in (blocker_id, blocked_id)
              order by 1, 2
        on conflict do nothing
          returning case when blocker_id = $2 then blocked_id else blocker_id end
    """
    return await tx.column(UserId, sql, user_id, into_id)


async def insert_mutes(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move mutes by and of a page to another profile."""
    sql = """
        insert into mutes (muter_id, muted_id, muted_at)
             select case when muter_id = $1 then $2 else muter_id end,
                    case when muted_id = $1 then $2 else muted_id end, muted_at
               from mutes
              where $1 in (muter_id, muted_id) and $2 not in (muter_id, muted_id)
              order by 1, 2
        on conflict do nothing
    """
    await tx.run(sql, user_id, into_id)


async def delete_doubled_follows(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Delete the follows that two profiles can't both keep, and correct the counts of all.

    Those between the two, those of who follows, or is followed by, both, and those that a block of
    one of them ends. Blocks were merged before.
    """
    sql = f"""
        with theirs as ({_THEIRS}), gone as (
            delete from follows f
                  using theirs t
             where f.follower_id = t.follower_id and f.followed_id = t.followed_id
               and (t.other_id in ($1, $2)
                    or {blocked("$2", "t.other_id")}
                    or (f.followed_id = $1
                        and exists (select from follows o
                                     where o.follower_id = t.other_id and o.followed_id = $2))
                    or (f.follower_id = $1
                        and exists (select from follows o
                                     where o.follower_id = $2 and o.followed_id = t.other_id)))
            returning f.follower_id, f.followed_id, f.is_follower_hidden, f.is_followed_hidden
        ), ends as (
            select follower_id as user_id, 1 as following, 0 as followers
              from gone
             where not is_followed_hidden
             union all
            select followed_id, 0, 1 from gone where not is_follower_hidden
        ), sums as (
            select user_id, sum(following) as following, sum(followers) as followers
              from ends
             group by user_id
        )
        update follow_counts c
           set following_count = c.following_count - sums.following,
               followers_count = c.followers_count - sums.followers
          from sums
         where c.user_id = sums.user_id
    """
    await tx.run(sql, user_id, into_id)


async def update_followed(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the followers of a page to another profile, and count them there."""
    sql = """
        with moved as (
               update follows set followed_id = $2 where followed_id = $1
            returning is_follower_hidden
        )
        update follow_counts
           set followers_count = followers_count
                                 + (select count(*) from moved where not is_follower_hidden)
         where user_id = $2
    """
    await tx.run(sql, user_id, into_id)


async def update_follower(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the follows by a page to another profile, and count them there."""
    sql = """
        with moved as (
               update follows set follower_id = $2 where follower_id = $1
            returning is_followed_hidden
        )
        update follow_counts
           set following_count = following_count
                                 + (select count(*) from moved where not is_followed_hidden)
         where user_id = $2
    """
    await tx.run(sql, user_id, into_id)
