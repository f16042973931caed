"""The member is locked before a note; a history joins reports, sanctions, notes, appeals."""

from veza.core.ids import MemberNoteId, UserId
from veza.core.people import person_fields
from veza.domains.moderation.appeals.models import (
    HistoryEntry,
    HistoryQuery,
    MemberNote,
    NewNote,
    PersonalNote,
    StoredNote,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# The parts of a history: which rows, and the columns of their time and id.
_PARTS = (
    (
        """
        select r.id, 'report' as type, r.created_at as happened_at, null::uuid as by_id,
               null as action, r.status, null as text, r.id as report_id, r.content_type
          from reports r
        """,
        "r.author_id = {}",
        "r.created_at, r.id",
    ),
    (
        """
        select r.id, 'verdict' as type, r.resolved_at as happened_at, r.resolved_by as by_id,
               r.action, r.status, r.reason as text, r.id as report_id, r.content_type
          from reports r
        """,
        "r.resolved_at is not null and r.author_id = {}",
        "r.resolved_at, r.id",
    ),
    (
        """
        select s.id, 'sanction' as type, s.decided_at as happened_at, s.decided_by as by_id,
               s.action, null as status, s.reason as text, s.report_id, null as content_type
          from moderation_actions s
        """,
        "s.user_id = {}",
        "s.decided_at, s.id",
    ),
    (
        """
        select n.id, 'note' as type, n.created_at as happened_at, n.author_id as by_id,
               null as action, null as status, n.text, null::uuid as report_id,
               null as content_type
          from member_notes n
        """,
        "n.user_id = {}",
        "n.created_at, n.id",
    ),
    (
        """
        select a.id, 'appeal' as type, a.created_at as happened_at, null::uuid as by_id,
               s.action, a.status, a.text, s.report_id, null as content_type
          from appeals a
          join moderation_actions s on s.id = a.action_id
        """,
        "s.user_id = {}",
        "a.created_at, a.id",
    ),
)


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock the member whom a note is about; False if there is none."""
    sql = "select true from users where id = $1 for no key update"
    return bool(await tx.value(bool, sql, user_id))


async def insert_note(tx: Tx, note: NewNote) -> None:
    sql = """
        insert into member_notes (id, user_id, author_id, text)
             values (:id, :user_id, :author_id, :text)
    """
    await tx.run(*bind(sql, note))


async def count_notes(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from member_notes where user_id = $1"
    return await conn.value(int, sql, user_id) or 0


async def find_note(conn: Conn, note_id: MemberNoteId) -> StoredNote | None:
    sql = "select user_id, author_id from member_notes where id = $1"
    return await conn.maybe(StoredNote, sql, note_id)


async def list_notes(conn: Conn, user_id: UserId) -> list[MemberNote]:
    """Return the latest 100, newest first."""
    sql = f"""
        select n.id, n.text, n.created_at,
               case when u.id is not null then jsonb_build_object(
                   {person_fields("u")}
               ) end as author
          from member_notes n
          left join users u on u.id = n.author_id
         where n.user_id = $1
         order by n.created_at desc, n.id desc
         limit 100
    """
    return await conn.all(MemberNote, sql, user_id)


async def delete_note(tx: Tx, note_id: MemberNoteId) -> bool:
    """Return False if it was deleted meanwhile."""
    return await tx.run("delete from member_notes where id = $1", note_id) == 1


async def list_history(conn: Conn, query: HistoryQuery) -> list[HistoryEntry]:
    """Return the history of a member, newest first: up to the limit plus 1.

    Each part is cut by itself first, so that no more is read than a page.
    """
    most = query.limit + 1
    parts = list[str]()
    where = Where()
    place = where.bind(query.user_id)
    after = query.cursor and (where.bind(query.cursor.created_at), where.bind(query.cursor.id))
    for select, condition, columns in _PARTS:
        further = f"and ({columns}) < ({after[0]}, {after[1]})" if after else ""
        order = ", ".join(f"{column} desc" for column in columns.split(", "))
        parts.append(
            f"({select} where {condition.format(place)} {further} order by {order} limit {most:d})"
        )
    sql = f"""
        select h.id, h.type, h.happened_at, h.action, h.status, h.text, h.report_id,
               h.content_type,
               case when u.id is not null then jsonb_build_object(
                   {person_fields("u")}
               ) end as by
          from ({" union all ".join(parts)}) h
          left join users u on u.id = h.by_id
         order by h.happened_at desc, h.id desc
         limit {most:d}
    """
    return await conn.all(HistoryEntry, sql, *where.values)


async def list_personal_notes(conn: Conn, user_id: UserId) -> list[PersonalNote]:
    """Return the notes about a member, newest first."""
    sql = """
        select text, created_at
          from member_notes
         where user_id = $1
         order by created_at desc, id desc
    """
    return await conn.all(PersonalNote, sql, user_id)


async def delete_notes_about(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from member_notes where user_id = $1", user_id)


async def anonymize_notes_by(tx: Tx, author_id: UserId) -> None:
    await tx.run("update member_notes set author_id = null where author_id = $1", author_id)


async def update_subject(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the notes about a page to another profile."""
    await tx.run("update member_notes set user_id = $2 where user_id = $1", user_id, into_id)
