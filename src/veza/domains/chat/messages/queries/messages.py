"""Members read events from after they joined; a `client_id` stores one message."""

from datetime import datetime

from veza.core.ids import ConversationId, MessageId, UserId
from veza.core.people import appearance
from veza.core.visibility import active
from veza.domains.chat.conversations.models import ConversationQuery, Membership
from veza.domains.chat.conversations.shared_queries import still_admits, still_keeps
from veza.domains.chat.messages.models.events import EventDetails, StoredConversationEvent
from veza.domains.chat.messages.models.lists import (
    HistoryCursor,
    HistoryDirection,
    StoredConversationItem,
)
from veza.domains.chat.messages.models.messages import (
    MemberReaction,
    NewMessage,
    StoredMessage,
    StoredReaction,
)
from veza.domains.chat.messages.models.personal_data import (
    ExportedMessage,
    ExportedReaction,
    MessageEvidence,
)
from veza.domains.chat.messages.queries.columns import (
    EVENT_TYPE,
    JOINS,
    MESSAGE,
    OF_NOBODY,
    of_viewer,
    own_takedown,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_OTHER = f"""
    o.id as other_id, o.username as other_username, {appearance("o")} as other_appearance
"""

# `StoredMessage` reads the last message as an array.
_FIELDS = ", ".join(f"s.{field}" for field in StoredMessage.__struct_fields__)


async def insert_message(tx: Tx, message: NewMessage) -> MessageId | None:
    """Insert a message and its event; return the id of an earlier message with its `client_id`."""
    sql = """
        with earlier as (
            select id
              from messages
             where sender_id = :sender_id and conversation_id = :conversation_id
               and client_id = :client_id
        ), written as (
            insert into messages (id, conversation_id, seq, number, sender_id, content, client_id,
                                  track_id, reply_to_id, words, created_at)
                 select :id, :conversation_id, :seq, :number, :sender_id, :content, :client_id,
                        :track_id, :reply_to_id, strip(:words::tsvector), :created_at
                  where not exists (select from earlier)
              returning id, conversation_id, seq, created_at
        ), logged as (
            insert into conversation_events (conversation_id, seq, type, message_id, created_at)
                 select conversation_id, seq, 'message', id, created_at from written
        )
        select id from earlier
    """
    return await tx.value(MessageId, *bind(sql, message))


async def insert_event(
    tx: Tx, message: StoredMessage, details: EventDetails, *, seq: int, created_at: datetime
) -> None:
    sql = """
        insert into conversation_events (conversation_id, seq, type, message_id, actor_id, emoji,
                                         is_added, created_at)
             values (:conversation_id, :seq, :type, :message_id, :actor_id, :emoji, :is_added,
                     :created_at)
    """
    values = {"conversation_id": message.conversation_id, "message_id": message.id, "seq": seq}
    await tx.run(*bind(sql, details, values, created_at=created_at))


async def find_message(
    conn: Conn,
    conversation_id: ConversationId,
    message_id: MessageId,
    viewer_id: UserId | None = None,
) -> StoredMessage | None:
    """Return a message; for a viewer with why it is taken down, if it is theirs."""
    sql = f"""
        select {MESSAGE}, null::text[] as reacted, {own_takedown("$3::uuid")}
          from messages m
        {JOINS}
         where m.id = $2 and m.conversation_id = $1
    """
    return await conn.maybe(StoredMessage, sql, conversation_id, message_id, viewer_id)


async def find_number(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> int | None:
    sql = "select number from messages where id = $2 and conversation_id = $1"
    return await conn.value(int, sql, conversation_id, message_id)


async def find_seq(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> int | None:
    sql = "select seq from messages where id = $2 and conversation_id = $1"
    return await conn.value(int, sql, conversation_id, message_id)


async def find_evidence(
    conn: Conn, message_id: MessageId, viewer_id: UserId
) -> MessageEvidence | None:
    """Return the content that a report stores, if the viewer may read the message."""
    sql = f"""
        select m.sender_id as author_id, u.username, m.content, m.conversation_id,
               c.name as conversation_name, m.created_at
          from messages m
          join users u on u.id = m.sender_id and {active("u")}
          join conversations c on c.id = m.conversation_id and c.ended_at is null
          join conversation_members me on me.conversation_id = c.id and me.user_id = $2
                                      and me.joined_seq < m.seq and {still_admits("me")}
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
) -> list[StoredConversationEvent]:
    """Return events after a seq, in order; for a membership only those that are for it."""
    where = Where()
    where.add("e.conversation_id = {} and e.seq > {}", conversation_id, since)
    own = OF_NOBODY
    if membership is not None:
        own = of_viewer(where, membership.user_id)
        _add_membership(where, membership)
    sql = f"""
        select {MESSAGE}, {own}, e.seq as event_seq, {EVENT_TYPE}, e.actor_id,
               w.username as actor, {appearance("w")} as actor_appearance, e.emoji, e.is_added,
               e.created_at as happened_at
          from conversation_events e
          join messages m on m.id = e.message_id
        {JOINS}
          left join users w on w.id = e.actor_id and {active("w")}
        {where.sql}
         order by e.seq
         limit {limit:d}
    """
    return await conn.all(StoredConversationEvent, sql, *where.values)


async def list_messages(
    conn: Conn, membership: Membership, *, cursor: HistoryCursor | None, limit: int
) -> list[StoredMessage]:
    """Return messages for a member from a cursor on: up to the limit plus 1."""
    is_newer = cursor is not None and cursor.to is HistoryDirection.NEWER
    where = Where()
    where.add("m.conversation_id = {}", membership.id)
    _add_membership(where, membership)
    if cursor is not None:
        where.add(f"m.seq {'>' if is_newer else '<'} {{}}", cursor.seq)
    sql = f"""
        select {MESSAGE}, {of_viewer(where, membership.user_id)}
          from messages m
        {JOINS}
        {where.sql}
         order by m.seq {"asc" if is_newer else "desc"}
         limit {limit + 1:d}
    """
    return await conn.all(StoredMessage, sql, *where.values)


def _add_membership(where: Where, membership: Membership) -> None:
    """Restrict a query to events after a member joined, while they are still a member.

    With a join instead, the planner would read and sort all messages.
    """
    still = f"""exists (
        select from conversation_members me
          join conversations c on c.id = me.conversation_id
         where me.conversation_id = {{}} and me.user_id = {{}} and me.joined_seq = {{}}
           and {still_admits("me")})"""
    joined = (membership.id, membership.user_id, membership.joined_seq)
    where.add(f"m.seq > {{}} and {still}", membership.joined_seq, *joined)


async def list_conversations(
    conn: Conn, viewer_id: UserId, query: ConversationQuery
) -> list[StoredConversationItem]:
    """Return a member's conversations by last activity: up to the limit plus 1.

    All of theirs are looked at. As an array their ids are sorted, so that most share index pages.
    """
    where = Where()
    viewer = where.bind(viewer_id)
    ids = f"array(select conversation_id from conversation_members where user_id = {viewer})"
    where.add(f"c.ended_at is null and c.id = any({ids}) and {still_keeps(viewer)}")
    where.add_filter("c.type = {}", query.type)
    where.add_cursor("c.active_at, c.id", query.cursor)
    sql = f"""
        with latest as (
            select c.id, c.type, c.name, c.is_private, c.is_of_stream, c.tier_id, c.members_count,
                   c.last_seq, c.last_number, c.members_version, c.slow_mode_seconds, c.active_at,
                   c.created_at, case when c.first_user_id = {viewer} then c.second_user_id
                                      else c.first_user_id end as other_user_id
              from conversations c {where.sql}
             order by c.active_at desc, c.id desc
             limit {query.limit + 1:d}
        ), page as (
            select latest.*, me.user_id, me.role, me.joined_at, me.joined_seq, me.read_number
              from latest join conversation_members me on me.conversation_id = latest.id
             where me.user_id = {viewer}
        )
        select page.*, {_OTHER}, l.last_message
          from page left join users o on o.id = page.other_user_id and {active("o")}
          left join lateral (
                select jsonb_build_array({_FIELDS}) as last_message
                  from (select {MESSAGE}, null::text[] as reacted, {own_takedown(viewer)}
                          from messages m
                        {JOINS}
                         where m.conversation_id = page.id and m.number = page.last_number
                           and m.seq > page.joined_seq) s
          ) l on true
         order by page.active_at desc, page.id desc
    """
    return await conn.all(StoredConversationItem, sql, *where.values)


async def update_content(
    tx: Tx, message_id: MessageId, content: str, *, words: str, at: datetime
) -> None:
    sql = """
        update messages
           set content = $2, words = strip($3::tsvector), edited_at = $4
         where id = $1
    """
    await tx.run(sql, message_id, content, words, at)


async def update_deleted(tx: Tx, message_id: MessageId, *, deleted_at: datetime) -> None:
    """Empty a message, and delete its reactions."""
    sql = """
        with deleted as (
            delete from message_reactions where message_id = $1
        )
        update messages
           set content = '', words = null, track_id = null, reply_to_id = null,
               reactions = '[]', deleted_at = $2
         where id = $1
    """
    await tx.run(sql, message_id, deleted_at)


async def insert_reaction(tx: Tx, message_id: MessageId, user_id: UserId, emoji: str) -> None:
    sql = "insert into message_reactions (message_id, user_id, emoji) values ($1, $2, $3)"
    await tx.run(sql, message_id, user_id, emoji)


async def delete_reaction(tx: Tx, message_id: MessageId, user_id: UserId, emoji: str) -> bool:
    """Return False if there is none."""
    sql = "delete from message_reactions where message_id = $1 and user_id = $2 and emoji = $3"
    return await tx.run(sql, message_id, user_id, emoji) == 1


async def update_reactions(tx: Tx, message_id: MessageId, reactions: list[StoredReaction]) -> None:
    await tx.run("update messages set reactions = $2 where id = $1", message_id, reactions)


async def list_conversations_touched_by(conn: Conn, user_id: UserId) -> list[ConversationId]:
    """Return where a user sent messages or reacted, as a member or not."""
    sql = """
        select conversation_id from messages where sender_id = $1
        union
        select m.conversation_id
          from message_reactions r
          join messages m on m.id = r.message_id
         where r.user_id = $1
    """
    return await conn.column(ConversationId, sql, user_id)


async def anonymize_messages(tx: Tx, user_id: UserId) -> int:
    """Empty up to 500 messages of a user and remove their sender; return how many."""
    sql = """
        with theirs as (
            select id from messages where sender_id = $1 limit 500
        ), deleted as (
            delete from message_reactions where message_id in (select id from theirs)
        )
        update messages
           set sender_id = null, content = '', words = null, client_id = null, track_id = null,
               reply_to_id = null, reactions = '[]', deleted_at = coalesce(deleted_at, now())
          from theirs
         where messages.id = theirs.id
    """
    return await tx.run(sql, user_id)


async def list_member_reactions(conn: Conn, user_id: UserId) -> list[MemberReaction]:
    """Return up to 500 reactions of a user, with all reactions of each message."""
    sql = """
        select r.message_id, r.emoji, m.reactions
          from message_reactions r
          join messages m on m.id = r.message_id
         where r.user_id = $1
         order by r.message_id, r.emoji
         limit 500
    """
    return await conn.all(MemberReaction, sql, user_id)


async def delete_member_reactions(
    tx: Tx,
    user_id: UserId,
    removed: list[MemberReaction],
    left: dict[MessageId, list[StoredReaction]],
) -> None:
    """Delete reactions of a user, and store the remaining reactions of each message."""
    sql = """
        with deleted as (
            delete from message_reactions r
                  using unnest($2::uuid[], $3::text[]) as removed (message_id, emoji)
                  where r.message_id = removed.message_id and r.emoji = removed.emoji
                    and r.user_id = $1
        )
        update messages
           set reactions = fresh.reactions
          from jsonb_each($4::jsonb) as fresh (id, reactions)
         where messages.id = fresh.id::uuid
    """
    message_ids = [each.message_id for each in removed]
    emoji = [each.emoji for each in removed]
    reactions = {str(message_id): reactions for message_id, reactions in left.items()}
    await tx.run(sql, user_id, message_ids, emoji, reactions)


async def delete_message_batch(tx: Tx, conversation_id: ConversationId) -> int:
    """Delete up to 1000 messages and 1000 events; return how many in all."""
    sql = """
        with deleted_messages as (
            delete from messages
                  where id in (select id from messages where conversation_id = $1 limit 1000)
              returning seq
        ), deleted_events as (
            delete from conversation_events
                  where conversation_id = $1 and seq in (
                        select seq from conversation_events where conversation_id = $1 limit 1000)
              returning seq
        )
        select (select count(*) from deleted_messages)
             + (select count(*) from deleted_events)
    """
    return await tx.value(int, sql, conversation_id) or 0


async def list_messages_of(conn: Conn, user_id: UserId) -> list[ExportedMessage]:
    sql = """
        select id, conversation_id, content, created_at, edited_at
          from messages
         where sender_id = $1 and deleted_at is null
         order by id
    """
    return await conn.every(ExportedMessage, sql, user_id)


async def list_reactions_of(conn: Conn, user_id: UserId) -> list[ExportedReaction]:
    sql = """
        select message_id, emoji, reacted_at
          from message_reactions
         where user_id = $1
         order by message_id, emoji
    """
    return await conn.every(ExportedReaction, sql, user_id)


async def update_sender(tx: Tx, sender_id: UserId, into_id: UserId) -> None:
    """Make another profile the sender of all messages of a page."""
    sql = """
        update messages m
           set sender_id = $2
         where m.sender_id = $1
           and not exists (select from messages o
                            where o.sender_id = $2 and o.conversation_id = m.conversation_id
                              and o.client_id = m.client_id)
    """
    await tx.run(sql, sender_id, into_id)
