"""Make what moderation has about members."""

from uuid import UUID

from msgspec import Struct

from tests.make.people import Person, person
from veza.app.report_targets import TAKEDOWNS
from veza.app.services import Services
from veza.core.access import Member, Role
from veza.core.ids import AppealId, MemberNoteId, ModerationActionId, new_id
from veza.core.takedowns import ContentCategory
from veza.domains.moderation.takedowns.models import AdminTakedown, TakedownForm
from veza.domains.moderation.takedowns.service import TakedownContext, take_down
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


async def taken_down(
    services: Services, content_type: str, content_id: UUID, staff: Person | None = None
) -> AdminTakedown:
    """Take an item down as staff, committed."""
    staff = staff or await person(services, Role.MODERATOR)
    form = TakedownForm(content_type, content_id, ContentCategory.COPYRIGHT, "Not theirs.")
    async with services.database.transaction() as tx:
        return await take_down(tx, TakedownContext(TAKEDOWNS), staff.member, form)
