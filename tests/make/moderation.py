"""Make what moderation has about members."""

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import AppealId, MemberNoteId, ModerationActionId, new_id
from veza.infra.postgres.database import Tx


class ModerationCase(Struct, frozen=True):
    """A note about a member, two warnings, and an appeal that waits against the first."""

    note_id: MemberNoteId
    appealed_id: ModerationActionId
    appeal_id: AppealId
    warning_id: ModerationActionId


async def moderation_case(tx: Tx, member: Member) -> ModerationCase:
    """Make a note about a member, two warnings, and an appeal against one of them."""
    made = ModerationCase(
        MemberNoteId(new_id()),
        ModerationActionId(new_id()),
        AppealId(new_id()),
        ModerationActionId(new_id()),
    )
    sql = "insert into member_notes (id, user_id, text) values ($1, $2, 'Asked twice.')"
    await tx.run(sql, made.note_id, member.id)
    sql = """
        insert into moderation_actions (id, user_id, action, reason)
             values ($1, $3, 'warn', 'Be kind.'), ($2, $3, 'warn', 'Be kinder.')
    """
    await tx.run(sql, made.appealed_id, made.warning_id, member.id)
    sql = "insert into appeals (id, action_id, text) values ($1, $2, 'I was kind.')"
    await tx.run(sql, made.appeal_id, made.appealed_id)
    return made
