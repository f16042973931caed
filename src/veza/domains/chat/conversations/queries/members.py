"""Locks user, conversation and membership in this order; chooses a lost owner's successor."""

from collections.abc import Sequence

from veza.core.ids import ConversationId, TierId, UserId
from veza.core.people import appearance
from veza.core.visibility import active, admitted, blocked, suspended
from veza.domains.chat.conversations.models import (
    ExportedMembership,
    FormerRoomMember,
    LockedMembership,
    MemberCandidate,
    MemberQuery,
    MemberRole,
    Membership,
    ReadMarkUpdate,
    RemovedMembership,
    StoredMember,
)
from veza.domains.chat.conversations.queries.conversations import CONVERSATION
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_IS_BLOCKED = blocked("$1", "u.id")

# The first value is the id of the viewer.
_SELECT_MEMBERS = f"""
        select m.user_id, u.username, {appearance("u")} as appearance, m.role, m.joined_at,
               m.read_number,
               {_IS_BLOCKED} as is_blocked
          from conversation_members m join users u on u.id = m.user_id
          join conversations c on c.id = m.conversation_id
"""

# A member who left and joined again is limited by their earlier messages.
_LAST_SENT_AT = """case when c.slow_mode_seconds > 0 then coalesce(m.last_sent_at, (
    select max(created_at) from messages
     where sender_id = m.user_id and conversation_id = m.conversation_id)) end"""

_OTHER = "case when c.first_user_id = m.user_id then c.second_user_id else c.first_user_id end"


_SELECT_MEMBERSHIPS = f"""
        select {CONVERSATION}, m.user_id, m.role, m.joined_at, m.joined_seq, m.read_number,
               o.id as other_id, o.username as other_username,
               {appearance("o")} as other_appearance
          from conversation_members m join conversations c on c.id = m.conversation_id
          left join users o on o.id = {_OTHER} and {active("o")}
"""


async def find_membership(
    conn: Conn, user_id: UserId, conversation_id: ConversationId
) -> Membership | None:
    sql = f"""
        {_SELECT_MEMBERSHIPS}
         where m.conversation_id = $1 and m.user_id = $2 and c.ended_at is null
           and {still_admits("m")}
    """
    return await conn.maybe(Membership, sql, conversation_id, user_id)


async def list_memberships_in(
    conn: Conn, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[Membership]:
    """Return those of some conversations that a user is in, in the order of their ids."""
    sql = f"""
        {_SELECT_MEMBERSHIPS}
         where m.conversation_id = any($1) and m.user_id = $2 and c.ended_at is null
           and {still_admits("m")}
         order by c.id
    """
    return await conn.all(Membership, sql, conversation_ids, user_id)


async def lock_membership(
    tx: Tx, user_id: UserId, conversation_id: ConversationId
) -> LockedMembership | None:
    """Lock the user, the conversation and the membership, as erasing an account does."""
    sql = f"""
        select {CONVERSATION}, u.username, {appearance("u")} as appearance, m.role,
               {_LAST_SENT_AT} as last_sent_at, m.joined_seq,
               {_OTHER} as other_id
          from users u join conversation_members m on m.user_id = u.id
          join conversations c on c.id = m.conversation_id
         where u.id = $2 and c.id = $1 and c.ended_at is null
           and {still_admits("m")}
           for key share of u
           for no key update of c
           for no key update of m
    """
    return await tx.maybe(LockedMembership, sql, conversation_id, user_id)


async def is_reachable(conn: Conn, user_id: UserId, other_id: UserId) -> bool:
    """Return whether the other is neither suspended nor on either side of a block."""
    sql = f"select not {_IS_BLOCKED} from users u where u.id = $2 and {active('u')}"
    return bool(await conn.value(bool, sql, user_id, other_id))


async def lock_candidates(
    tx: Tx, user_id: UserId, candidate_ids: Sequence[UserId]
) -> list[MemberCandidate]:
    """Lock users who become members; leave out deleted and suspended users."""
    sql = f"""
        select u.id, {_IS_BLOCKED} as is_blocked
          from users u
         where u.id = any($2) and {active("u")}
         order by u.id
           for key share of u
    """
    return await tx.all(MemberCandidate, sql, user_id, candidate_ids)


async def list_members(
    conn: Conn, viewer_id: UserId, conversation_id: ConversationId, query: MemberQuery
) -> list[StoredMember]:
    """Return members in the order in which they joined: up to the limit plus 1."""
    where = Where()
    where.bind(viewer_id)
    where.add(
        f"m.conversation_id = {{}} and {active('u')} and {still_admits('m')}", conversation_id
    )
    if query.cursor is not None:
        where.add("(m.joined_at, m.user_id) > ({}, {})", query.cursor.created_at, query.cursor.id)
    sql = f"""
        {_SELECT_MEMBERS}
        {where.sql}
         order by m.joined_at, m.user_id
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredMember, sql, *where.values)


async def find_member(
    conn: Conn, viewer_id: UserId, conversation_id: ConversationId, user_id: UserId
) -> StoredMember | None:
    sql = f"""
        {_SELECT_MEMBERS}
         where m.conversation_id = $2 and m.user_id = $3 and {still_admits("m")}
    """
    return await conn.maybe(StoredMember, sql, viewer_id, conversation_id, user_id)


async def insert_members(
    tx: Tx, conversation_id: ConversationId, user_ids: Sequence[UserId], *, with_history: bool
) -> None:
    """Add members to a locked conversation; existing members stay as they are.

    With history, they read all that was sent since a room became public, or got its tier.
    """
    sql = """
        with joined as (
            insert into conversation_members (conversation_id, user_id, joined_seq, read_number)
                 select c.id, u.id, case when $3 then c.public_seq else c.last_seq end,
                        c.last_number
                   from conversations c, users u
                  where c.id = $1 and u.id = any($2)
                  order by u.id
            on conflict do nothing
              returning conversation_id
        )
        update conversations
           set members_count = members_count + (select count(*) from joined),
               members_version = members_version + 1
         where id = (select distinct conversation_id from joined)
    """
    await tx.run(sql, conversation_id, user_ids, with_history)


async def update_role(
    tx: Tx, conversation_id: ConversationId, user_id: UserId, role: MemberRole
) -> None:
    sql = """
        with changed as (
               update conversation_members
                  set role = $3
                where conversation_id = $1 and user_id = $2 and role <> $3
            returning conversation_id
        )
        update conversations
           set members_version = members_version + 1
          from changed
         where id = changed.conversation_id
    """
    await tx.run(sql, conversation_id, user_id, role)


async def update_owners(tx: Tx, conversation_ids: Sequence[ConversationId]) -> None:
    """Make the oldest admin, or else the oldest member, the owner of conversations without one."""
    sql = f"""
        with successors as (
            select distinct on (m.conversation_id) m.conversation_id, m.user_id
              from conversation_members m join users u on u.id = m.user_id
             where m.conversation_id = any($1)
             order by m.conversation_id, {suspended("u")}, m.role <> 'admin',
                      m.joined_at, m.user_id
        )
        update conversation_members m
           set role = 'owner'
          from successors s
         where m.conversation_id = s.conversation_id and m.user_id = s.user_id
    """
    await tx.run(sql, conversation_ids)


async def update_read(
    tx: Tx, user_id: UserId, conversation_id: ConversationId, *, number: int
) -> ReadMarkUpdate | None:
    """Move a read mark forward, at most to the last message; None where there is none."""
    sql = f"""
        with moved as (
               update conversation_members m
                  set read_number = least($3, c.last_number)
                 from conversations c
                where c.id = $1 and c.ended_at is null and m.conversation_id = $1
                  and m.user_id = $2 and m.read_number < least($3, c.last_number)
                  and {still_admits("m")}
            returning m.read_number
        )
        select coalesce(moved.read_number, m.read_number) as read_number, c.last_number,
               moved.read_number is not null as has_moved
          from conversation_members m
          join conversations c on c.id = m.conversation_id and c.ended_at is null
          left join moved on true
         where m.conversation_id = $1 and m.user_id = $2 and {still_admits("m")}
    """
    return await tx.maybe(ReadMarkUpdate, sql, conversation_id, user_id, number)


async def lock_former(tx: Tx, former: FormerRoomMember) -> bool:
    """Lock a room and a member who has its tier no more; return False if they have it again."""
    sql = f"""
        select true
          from users u
          join conversation_members m on m.user_id = u.id
          join conversations c on c.id = m.conversation_id
         where u.id = $2 and c.id = $1 and c.ended_at is null and not {still_admits("m")}
           for key share of u
           for no key update of c
           for no key update of m
    """
    return await tx.value(bool, sql, former.conversation_id, former.user_id) or False


async def count_of_tier(conn: Conn, tier_id: TierId, user_ids: Sequence[UserId]) -> int:
    """Count those of some users who have a tier."""
    sql = f"""
        select count(*)
          from tiers t
          join users u on u.id = any($2)
         where t.id = $1 and {admitted("u.id", "t.profile_id", "t.id")}
    """
    return await conn.value(int, sql, tier_id, list(user_ids)) or 0


async def delete_memberships(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[RemovedMembership]:
    """Remove a member from locked conversations, which end with their last member."""
    sql = """
        with removed as (
            delete from conversation_members
                  where user_id = $1 and conversation_id = any($2)
              returning conversation_id, role
        ), counted as (
            update conversations
               set members_count = members_count - 1,
                   members_version = members_version + 1,
                   ended_at = case when members_count = 1 then now() end
              from removed
             where id = removed.conversation_id
        )
        select conversation_id, role from removed
    """
    return await tx.all(RemovedMembership, sql, user_id, conversation_ids)


async def list_memberships(conn: Conn, user_id: UserId) -> list[ExportedMembership]:
    sql = """
        select m.conversation_id, c.type, c.name, m.role, m.joined_at, m.read_number
          from conversation_members m join conversations c on c.id = m.conversation_id
         where m.user_id = $1
         order by m.conversation_id
    """
    return await conn.every(ExportedMembership, sql, user_id)


async def update_pairs(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Put another profile into the direct conversations of a page, but where it has one already."""
    sql = """
        update conversations c
           set first_user_id = least(o.id, $2), second_user_id = greatest(o.id, $2)
          from users o
         where $1 in (c.first_user_id, c.second_user_id)
           and o.id in (c.first_user_id, c.second_user_id) and o.id not in ($1, $2)
           and not exists (select from conversations d
                            where d.first_user_id = least(o.id, $2)
                              and d.second_user_id = greatest(o.id, $2))
    """
    await tx.run(sql, user_id, into_id)


async def update_member(tx: Tx, user_id: UserId, into_id: UserId) -> list[ConversationId]:
    """Put another profile in a page's place in conversations; return them.

    Where it is a member already, or has a direct conversation of its own, the page stays.
    """
    sql = """
        with moved as (
            update conversation_members m
               set user_id = $2
              from conversations c
             where m.user_id = $1 and c.id = m.conversation_id
               and (c.type <> 'direct' or $2 in (c.first_user_id, c.second_user_id))
               and not exists (select from conversation_members o
                                where o.conversation_id = m.conversation_id and o.user_id = $2)
            returning m.conversation_id
        ), counted as (
            update conversations c
               set members_version = members_version + 1
              from moved
             where c.id = moved.conversation_id
        )
        select conversation_id from moved
    """
    return await tx.column(ConversationId, sql, user_id, into_id)
