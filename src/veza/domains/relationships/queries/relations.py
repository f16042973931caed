"""Follows are counted for both members under locks; a block hides each from the other."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.core.people import person_columns
from veza.core.visibility import active, blocked
from veza.domains.relationships.models import (
    BlockedPair,
    FollowRole,
    FollowState,
    MemberProfile,
    RelatedMember,
    RelatedQuery,
    RelatedUser,
    Relation,
    RelationKind,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# By kind: the table, the column of the member, the column of the other, and the time.
_TABLES = {
    RelationKind.FOLLOWERS: ("follows", "followed_id", "follower_id", "followed_at"),
    RelationKind.FOLLOWING: ("follows", "follower_id", "followed_id", "followed_at"),
    RelationKind.BLOCKED: ("blocks", "blocker_id", "blocked_id", "blocked_at"),
    RelationKind.MUTED: ("mutes", "muter_id", "muted_id", "muted_at"),
}
# The count of the other member that includes a member in this role.
_COUNT_COLUMNS = {FollowRole.FOLLOWER: "followers_count", FollowRole.FOLLOWED: "following_count"}


async def lock_members(tx: Tx, user_ids: list[UserId]) -> list[UserId]:
    """Lock members and return those who are not suspended; a concurrent suspension waits."""
    sql = f"""
        select id from users
         where id = any($1) and {active()}
         order by id for share
    """
    return await tx.column(UserId, sql, user_ids)


async def insert_counts(tx: Tx, user_ids: list[UserId]) -> None:
    """Insert rows for members who have none yet."""
    sql = """
        insert into follow_counts (user_id)
             select id from users where id = any($1) order by id
        on conflict do nothing
    """
    await tx.run(sql, user_ids)


async def lock_counts(tx: Tx, user_ids: list[UserId]) -> None:
    sql = "select user_id from follow_counts where user_id = any($1) order by user_id for update"
    await tx.column(UUID, sql, user_ids)


async def insert_follow(tx: Tx, follower_id: UserId, followed_id: UserId) -> bool:
    """Insert a follow and count it for both; False if it exists."""
    sql = """
        with new as (
            insert into follows (follower_id, followed_id) values ($1, $2)
                on conflict do nothing
              returning follower_id, followed_id
        ), following as (
            update follow_counts
               set following_count = following_count + 1
              from new
             where user_id = new.follower_id
        )
        update follow_counts
           set followers_count = followers_count + 1
          from new
         where user_id = new.followed_id
    """
    return await tx.run(sql, follower_id, followed_id) == 1


async def delete_follow(tx: Tx, follower_id: UserId, followed_id: UserId) -> None:
    """Delete a follow and its counts, if it exists."""
    sql = """
        with gone as (
            delete from follows where follower_id = $1 and followed_id = $2
            returning follower_id, followed_id, is_follower_hidden, is_followed_hidden
        ), following as (
            update follow_counts
               set following_count = following_count - 1
              from gone
             where user_id = gone.follower_id and not gone.is_followed_hidden
        )
        update follow_counts
           set followers_count = followers_count - 1
          from gone
         where user_id = gone.followed_id and not gone.is_follower_hidden
    """
    await tx.run(sql, follower_id, followed_id)


async def find_follow_state(conn: Conn, follower_id: UserId, followed_id: UserId) -> FollowState:
    sql = """
        select exists (
                   select from follows where follower_id = $1 and followed_id = $2
               ) as following,
               coalesce(
                   (select followers_count from follow_counts where user_id = $2), 0
               ) as followers_count
    """
    return await conn.one(FollowState, sql, follower_id, followed_id)


async def count_related(conn: Conn, user_id: UserId, kind: RelationKind, *, most: int) -> int:
    """Count a member's relations of a kind, up to `most`, including suspended members."""
    table, own, *_ = _TABLES[kind]
    sql = f"select count(*) from (select from {table} where {own} = $1 limit {most:d}) counted"
    return await conn.value(int, sql, user_id) or 0


async def has_related(conn: Conn, user_id: UserId, other_id: UserId, kind: RelationKind) -> bool:
    """Return whether a member has this relation to another."""
    table, own, other, _ = _TABLES[kind]
    sql = f"select exists (select from {table} where {own} = $1 and {other} = $2)"
    return await conn.value(bool, sql, user_id, other_id) or False


async def insert_related(tx: Tx, user_id: UserId, other_id: UserId, kind: RelationKind) -> None:
    """Store that a member blocks or mutes another."""
    table, own, other, _ = _TABLES[kind]
    sql = f"insert into {table} ({own}, {other}) values ($1, $2) on conflict do nothing"
    await tx.run(sql, user_id, other_id)


async def delete_related(tx: Tx, user_id: UserId, other_id: UserId, kind: RelationKind) -> bool:
    """Store that a member no longer blocks or mutes another; return False if they did not."""
    table, own, other, _ = _TABLES[kind]
    sql = f"delete from {table} where {own} = $1 and {other} = $2"
    return await tx.run(sql, user_id, other_id) == 1


async def list_blocked_pairs(
    conn: Conn, user_ids: Sequence[UserId], *, most: int
) -> list[BlockedPair]:
    """Return the blocks of each member in either direction, at most `most` each."""
    sql = f"""
        select here.user_id, pair.other_id
          from unnest($1::uuid[]) as here (user_id)
         cross join lateral (
                select blocked_id as other_id from blocks where blocker_id = here.user_id
                 union
                select blocker_id from blocks where blocked_id = here.user_id
                 limit {most:d}) as pair
    """
    return await conn.all(BlockedPair, sql, user_ids)


async def find_relation(conn: Conn, user_id: UserId, other_id: UserId) -> Relation | None:
    """Return None if there is no such member, or they block the caller."""
    sql = f"""
        select exists (
                   select from follows where follower_id = $1 and followed_id = u.id
               ) as following,
               exists (
                   select from follows where follower_id = u.id and followed_id = $1
               ) as followed_by,
               exists (select from blocks where blocker_id = $1 and blocked_id = u.id) as blocked,
               exists (select from mutes where muter_id = $1 and muted_id = u.id) as muted
          from users u
         where u.id = $2
           and {active("u")}
           and not exists (select from blocks where blocker_id = u.id and blocked_id = $1)
    """
    return await conn.maybe(Relation, sql, user_id, other_id)


async def find_profile(conn: Conn, username: str, viewer_id: UserId | None) -> MemberProfile | None:
    """Return the profile with this name, if the viewer may see it."""
    where = Where()
    _add_visible_member(where, username, viewer_id)
    sql = f"""
        select {person_columns("u")}, u.role, u.bio, u.created_at,
               coalesce(c.followers_count, 0) as followers_count,
               coalesce(c.following_count, 0) as following_count
               {_following(where, viewer_id)}
          from users u
          left join follow_counts c on c.user_id = u.id
        {where.sql}
    """
    return await conn.maybe(MemberProfile, sql, *where.values)


async def find_visible_id(conn: Conn, username: str, viewer_id: UserId | None) -> UserId | None:
    """Return the id of the member with this name, if the viewer may see them."""
    where = Where()
    _add_visible_member(where, username, viewer_id)
    return await conn.value(UserId, f"select u.id from users u {where.sql}", *where.values)


async def list_related(
    conn: Conn, user_id: UserId, query: RelatedQuery, viewer_id: UserId | None
) -> list[RelatedMember]:
    """Return related members, newest first: up to the limit plus 1."""
    table, own, other, since = _TABLES[query.kind]
    where = Where()
    where.add(f"r.{own} = {{}} and {active('u')}", user_id)
    if viewer_id is not None and query.kind.is_public:
        where.add(f"not {blocked(where.bind(viewer_id), 'u.id')}")
    if query.cursor is not None:
        place = (query.cursor.created_at, query.cursor.id)
        where.add(f"(r.{since}, r.{other}) < ({{}}, {{}})", *place)
    sql = f"""
        select {person_columns("u")}, r.{since} as since {_following(where, viewer_id)}
          from {table} r
          join users u on u.id = r.{other}
        {where.sql}
         order by r.{since} desc, r.{other} desc
         limit {query.limit + 1:d}
    """
    return await conn.all(RelatedMember, sql, *where.values)


async def list_all(
    conn: Conn, user_id: UserId, kind: RelationKind, after: RelatedUser | None
) -> list[RelatedUser]:
    """Return the oldest first, 500 at a time, including suspended members."""
    table, own, other, since = _TABLES[kind]
    where = Where()
    where.add(f"r.{own} = {{}}", user_id)
    if after is not None:
        where.add(f"(r.{since}, r.{other}) > ({{}}, {{}})", after.since, after.user_id)
    sql = f"""
        select u.id as user_id, u.username, r.{since} as since
          from {table} r
          join users u on u.id = r.{other}
        {where.sql}
         order by r.{since}, r.{other}
         limit 500
    """
    return await conn.all(RelatedUser, sql, *where.values)


async def update_hidden(
    tx: Tx, user_id: UserId, others: list[UserId], *, role: FollowRole, hide: bool
) -> None:
    """Exclude a member from the counts of others, or include them. The counts are locked."""
    own = f"{role}_id"
    other = f"{role.other}_id"
    mark = f"is_{role}_hidden"
    count = _COUNT_COLUMNS[role]
    sql = f"""
        with changed as (
            update follows
               set {mark} = $3
             where {own} = $1 and {other} = any($2) and {mark} <> $3
            returning {other} as user_id
        )
        update follow_counts
           set {count} = {count} + case when $3 then -1 else 1 end
          from changed
         where follow_counts.user_id = changed.user_id
    """
    await tx.run(sql, user_id, others, hide)


async def lock_related_counts(tx: Tx, user_id: UserId) -> None:
    """Lock the counts of a member, and of all who follow them or whom they follow."""
    sql = """
        with locked as (
            select user_id
              from follow_counts
             where user_id = $1
                or user_id in (select followed_id from follows where follower_id = $1)
                or user_id in (select follower_id from follows where followed_id = $1)
             order by user_id
               for update
        )
        select count(*) from locked
    """
    await tx.value(int, sql, user_id)


async def delete_follows_of(tx: Tx, user_id: UserId, role: FollowRole) -> int:
    """Delete up to 5,000 follows of a member and return how many.

    The counts of the others are updated; the member's own are not.
    """
    own = f"{role}_id"
    other = f"{role.other}_id"
    sql = f"""
        with gone as (
            delete from follows
                  where {own} = $1
                    and {other} in (select {other} from follows where {own} = $1 limit 5000)
              returning {other} as user_id, is_{role}_hidden as was_hidden
        ), counted as (
            update follow_counts
               set {_COUNT_COLUMNS[role]} = {_COUNT_COLUMNS[role]} - 1
              from gone
             where follow_counts.user_id = gone.user_id and not gone.was_hidden
        )
        select count(*) from gone
    """
    return await tx.value(int, sql, user_id) or 0


async def delete_counts(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from follow_counts where user_id = $1", user_id)


async def delete_blocks_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from blocks where blocker_id = $1 or blocked_id = $1", user_id)


async def delete_mutes_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from mutes where muter_id = $1 or muted_id = $1", user_id)


async def find_last_end(conn: Conn, user_id: UserId) -> datetime | None:
    """Return when a follow or a block of a member last ended; a trigger notes it."""
    sql = "select ended_at from ended_relations where user_id = $1"
    return await conn.value(datetime, sql, user_id)


async def delete_last_end(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from ended_relations where user_id = $1", user_id)


def _add_visible_member(where: Where, username: str, viewer_id: UserId | None) -> None:
    """Add the conditions under which the viewer may see the member with this name."""
    where.add(f"u.username_key = {{}} and {active('u')}", normalize_identifier(username))
    if viewer_id is not None:
        where.add(f"not {blocked(where.bind(viewer_id), 'u.id')}")


def _following(where: Where, viewer_id: UserId | None) -> str:
    """Return the column that is true if the viewer follows a member; none without a viewer."""
    if viewer_id is None:
        return ""
    viewer = where.bind(viewer_id)
    return f""", exists (
        select from follows f where f.follower_id = {viewer} and f.followed_id = u.id
    ) as following"""
