"""Every SQL statement of the domain, one function each."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from veza.core.ids import ConversationId, MessageId, UserId
from veza.domains.chat.conversations.models import ConversationQuery, Membership
from veza.domains.chat.messages.models import (
    Direction,
    MessageEvidence,
    NewEvent,
    NewMessage,
    OwnMessage,
    OwnReaction,
    Place,
    Reacted,
    Reaction,
    StoredEntry,
    StoredEvent,
    StoredMessage,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# Of a track is shown what everybody may know who has its id.
_MESSAGE = """
    m.id, m.conversation_id, m.seq, m.number, m.sender_id, u.username, m.content, m.client_id,
    m.track_id, t.title as track_title, t.owner_id as artist_id, a.username as artist,
    array(select jsonb_build_object('id', i.id, 'width', i.width, 'height', i.height)
            from message_images mi
            join images i on i.id = mi.image_id
           where mi.message_id = m.id
           order by mi.position) as images,
    case when p.id is null then null
         else jsonb_build_object('id', p.id, 'name', p.name, 'size_bytes', p.size_bytes,
                                 'content_type', p.content_type) end as file,
    m.reactions, m.created_at, m.edited_at, m.deleted_at,
    u.suspended_at is not null as is_hidden
"""

_JOINS = """
          left join users u on u.id = m.sender_id
          left join tracks t on t.id = m.track_id and t.status = 'ready'
                            and t.visibility <> 'private'
          left join users a on a.id = t.owner_id and a.suspended_at is null
          left join message_files f on f.message_id = m.id
          left join file_snapshots p on p.id = f.snapshot_id
"""


# The last message comes as what `StoredMessage` reads by place.
_FIELDS = ", ".join(f"s.{field}" for field in StoredMessage.__struct_fields__)


def _reacted(where: Where, viewer_id: UserId) -> str:
    """Tell what the viewer reacted with, as a column."""
    viewer = where.bind(viewer_id)
    return f"""array(
        select r.emoji
          from message_reactions r
         where r.message_id = m.id and r.user_id = {viewer}
         order by r.reacted_at, r.emoji) as reacted"""


async def insert_message(tx: Tx, message: NewMessage) -> MessageId | None:
    """Write a message and its event; None, unless its sender sent it before: then that one's id."""
    sql = """
        with earlier as (
            select id
              from messages
             where sender_id = $5 and conversation_id = $2 and client_id = $7
        ), written as (
            insert into messages (id, conversation_id, seq, number, sender_id, content, client_id,
                                  track_id, created_at)
                 select $1, $2, $3, $4, $5, $6, $7, $8, $9
                  where not exists (select from earlier)
              returning id, conversation_id, seq, created_at
        ), logged as (
            insert into conversation_events (conversation_id, seq, type, message_id, created_at)
                 select conversation_id, seq, 'message', id, created_at from written
        )
        select id from earlier
    """
    earlier = await tx.value(UUID, sql, *structs.astuple(message))
    return None if earlier is None else MessageId(earlier)


async def insert_event(tx: Tx, event: NewEvent) -> None:
    sql = """
        insert into conversation_events (conversation_id, seq, type, message_id, actor_id, emoji,
                                         is_added, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
    """
    await tx.run(sql, *structs.astuple(event))


async def find_message(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> StoredMessage | None:
    sql = f"""
        select {_MESSAGE}, null::text[] as reacted
          from messages m
        {_JOINS}
         where m.id = $2 and m.conversation_id = $1
    """
    return await conn.maybe(StoredMessage, sql, conversation_id, message_id)


async def find_number(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> int | None:
    sql = "select number from messages where id = $2 and conversation_id = $1"
    return await conn.value(int, sql, conversation_id, message_id)


async def find_evidence(
    conn: Conn, message_id: MessageId, viewer_id: UserId
) -> MessageEvidence | None:
    """What a message says, to one who may read it."""
    sql = """
        select m.sender_id as author_id, u.username, m.content, m.conversation_id,
               c.name as conversation_name, m.created_at
          from messages m
          join users u on u.id = m.sender_id and u.suspended_at is null
          join conversations c on c.id = m.conversation_id and c.ended_at is null
          join conversation_members me on me.conversation_id = c.id and me.user_id = $2
                                      and me.joined_seq < m.seq
         where m.id = $1 and m.deleted_at is null
    """
    return await conn.maybe(MessageEvidence, sql, message_id, viewer_id)


async def list_events(
    conn: Conn,
    conversation_id: ConversationId,
    since: int,
    *,
    limit: int,
    membership: Membership | None = None,
) -> list[StoredEvent]:
    """What came after a seq, in order; to one member only what is for them, while they are in."""
    where = Where()
    where.add("e.conversation_id = {} and e.seq > {}", conversation_id, since)
    reacted = "null::text[] as reacted"
    if membership is not None:
        reacted = _reacted(where, membership.user_id)
        _add_membership(where, membership)
    sql = f"""
        select {_MESSAGE}, {reacted}, e.seq as event_seq, e.type as event_type, e.actor_id,
               w.username as actor, e.emoji, e.is_added, e.created_at as happened_at
          from conversation_events e
          join messages m on m.id = e.message_id
        {_JOINS}
          left join users w on w.id = e.actor_id and w.suspended_at is null
        {where.sql}
         order by e.seq
         limit {limit:d}
    """
    return await conn.all(StoredEvent, sql, *where.values)


async def list_messages(
    conn: Conn, membership: Membership, *, place: Place | None, limit: int
) -> list[StoredMessage]:
    """What is for a member while they are in, from a place on: one more, where there is more."""
    is_newer = place is not None and place.to is Direction.NEWER
    where = Where()
    where.add("m.conversation_id = {}", membership.id)
    _add_membership(where, membership)
    if place is not None:
        where.add(f"m.seq {'>' if is_newer else '<'} {{}}", place.seq)
    sql = f"""
        select {_MESSAGE}, {_reacted(where, membership.user_id)}
          from messages m
        {_JOINS}
        {where.sql}
         order by m.seq {"asc" if is_newer else "desc"}
         limit {limit + 1:d}
    """
    return await conn.all(StoredMessage, sql, *where.values)


def _add_membership(where: Where, membership: Membership) -> None:
    """Ask for what came since somebody joined, and that they are in still.

    A join instead would have the planner read and sort all that ever was said.
    """
    still = """exists (
        select from conversation_members
         where conversation_id = {} and user_id = {} and joined_seq = {})"""
    joined = (membership.id, membership.user_id, membership.joined_seq)
    where.add(f"m.seq > {{}} and {still}", membership.joined_seq, *joined)


async def list_conversations(
    conn: Conn, viewer_id: UserId, wish: ConversationQuery
) -> list[StoredEntry]:
    """One's own, the last active first: one more than asked for, where there is more."""
    where = Where()
    viewer = where.bind(viewer_id)
    where.add(f"me.user_id = {viewer} and c.ended_at is null")
    if wish.type is not None:
        where.add("c.type = {}", wish.type)
    if wish.cursor is not None:
        where.add("(c.active_at, c.id) < ({}, {})", wish.cursor.created_at, wish.cursor.id)
    sql = f"""
        with page as (
            select c.id, c.type, c.name, c.is_private, c.members_count, c.last_seq, c.last_number,
                   c.members_version, c.slow_mode_seconds, c.active_at, c.created_at,
                   me.user_id, me.role, me.joined_at, me.joined_seq, me.read_number,
                   case when c.one_id = {viewer} then c.other_id else c.one_id end as pair_id
              from conversation_members me
              join conversations c on c.id = me.conversation_id
            {where.sql}
             order by c.active_at desc, c.id desc
             limit {wish.limit + 1:d}
        )
        select page.*, o.id as other_id, o.username as other_username, l.last_message
          from page
          left join users o on o.id = page.pair_id and o.suspended_at is null
          left join lateral (
                select jsonb_build_array({_FIELDS}) as last_message
                  from (select {_MESSAGE}, null::text[] as reacted
                          from messages m
                        {_JOINS}
                         where m.conversation_id = page.id and m.number = page.last_number
                           and m.seq > page.joined_seq) s
          ) l on true
         order by page.active_at desc, page.id desc
    """
    return await conn.all(StoredEntry, sql, *where.values)


async def update_content(tx: Tx, message_id: MessageId, content: str, *, at: datetime) -> None:
    sql = "update messages set content = $2, edited_at = $3 where id = $1"
    await tx.run(sql, message_id, content, at)


async def update_deleted(tx: Tx, message_id: MessageId, *, deleted_at: datetime) -> None:
    """Empty a message, and take away what others reacted with."""
    sql = """
        with forgotten as (
            delete from message_reactions where message_id = $1
        )
        update messages
           set content = '', track_id = null, reactions = '[]', deleted_at = $2
         where id = $1
    """
    await tx.run(sql, message_id, deleted_at)


async def insert_reaction(tx: Tx, message_id: MessageId, user_id: UserId, emoji: str) -> None:
    sql = "insert into message_reactions (message_id, user_id, emoji) values ($1, $2, $3)"
    await tx.run(sql, message_id, user_id, emoji)


async def delete_reaction(tx: Tx, message_id: MessageId, user_id: UserId, emoji: str) -> bool:
    """False where there is none."""
    sql = "delete from message_reactions where message_id = $1 and user_id = $2 and emoji = $3"
    return await tx.run(sql, message_id, user_id, emoji) == 1


async def update_reactions(tx: Tx, message_id: MessageId, reactions: list[Reaction]) -> None:
    await tx.run("update messages set reactions = $2 where id = $1", message_id, reactions)


async def list_conversations_with(conn: Conn, user_id: UserId) -> list[ConversationId]:
    """Where a member said something, or reacted to it: whether they are still there or not."""
    sql = """
        select conversation_id from messages where sender_id = $1
        union
        select m.conversation_id
          from message_reactions r
          join messages m on m.id = r.message_id
         where r.user_id = $1
    """
    return [ConversationId(found) for found in await conn.column(UUID, sql, user_id)]


async def update_of_nobody(tx: Tx, user_id: UserId) -> int:
    """Empty what a member said, 500 at a time, and forget that it was them; tell how many."""
    sql = """
        with theirs as (
            select id from messages where sender_id = $1 limit 500
        ), forgotten as (
            delete from message_reactions where message_id in (select id from theirs)
        )
        update messages
           set sender_id = null, content = '', client_id = null, track_id = null,
               reactions = '[]', deleted_at = coalesce(deleted_at, now())
          from theirs
         where messages.id = theirs.id
    """
    return await tx.run(sql, user_id)


async def list_reacted(conn: Conn, user_id: UserId) -> list[Reacted]:
    """What a member reacted to, and how all did, 500 at a time."""
    sql = """
        select r.message_id, r.emoji, m.reactions
          from message_reactions r
          join messages m on m.id = r.message_id
         where r.user_id = $1
         order by r.message_id, r.emoji
         limit 500
    """
    return await conn.all(Reacted, sql, user_id)


async def delete_reacted(
    tx: Tx, user_id: UserId, gone: list[Reacted], left: dict[MessageId, list[Reaction]]
) -> None:
    """Take reactions of a member back, and write down what is left at the messages."""
    sql = """
        with forgotten as (
            delete from message_reactions r
                  using unnest($2::uuid[], $3::text[]) as gone (message_id, emoji)
                  where r.message_id = gone.message_id and r.emoji = gone.emoji
                    and r.user_id = $1
        )
        update messages
           set reactions = fresh.reactions
          from jsonb_each($4::jsonb) as fresh (id, reactions)
         where messages.id = fresh.id::uuid
    """
    places = [each.message_id for each in gone], [each.emoji for each in gone]
    written = {str(message_id): reactions for message_id, reactions in left.items()}
    await tx.run(sql, user_id, *places, written)


async def delete_messages(tx: Tx, conversation_id: ConversationId) -> int:
    """Delete a thousand messages of a conversation, and events; tell how many of both."""
    sql = """
        with said as (
            delete from messages
                  where id in (select id from messages where conversation_id = $1 limit 1000)
              returning seq
        ), happened as (
            delete from conversation_events
                  where conversation_id = $1 and seq in (
                        select seq from conversation_events where conversation_id = $1 limit 1000)
              returning seq
        )
        select (select count(*) from said) + (select count(*) from happened)
    """
    return await tx.value(int, sql, conversation_id) or 0


async def list_messages_of(conn: Conn, user_id: UserId, after: UUID) -> list[OwnMessage]:
    """What a member said, in the order of the ids, 500 at a time."""
    sql = """
        select id, conversation_id, content, created_at, edited_at
          from messages
         where sender_id = $1 and id > $2 and deleted_at is null
         order by id
         limit 500
    """
    return await conn.all(OwnMessage, sql, user_id, after)


async def list_reactions_of(
    conn: Conn, user_id: UserId, after: tuple[UUID, str]
) -> list[OwnReaction]:
    """How a member reacted, in the order of the messages' ids, 500 at a time."""
    sql = """
        select message_id, emoji, reacted_at
          from message_reactions
         where user_id = $1 and (message_id, emoji) > ($2, $3)
         order by message_id, emoji
         limit 500
    """
    return await conn.all(OwnReaction, sql, user_id, *after)
