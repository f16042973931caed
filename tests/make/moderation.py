"""Make what moderation has about members."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from tests.make.music import bare_track
from tests.make.people import Person, person
from veza.app.report_targets import TAKEDOWNS
from veza.app.services import Services
from veza.core.access import Member, Role
from veza.core.ids import (
    AppealId,
    CopyrightNoticeId,
    MemberNoteId,
    ModerationActionId,
    TrackId,
    new_id,
)
from veza.core.takedowns import ContentCategory
from veza.domains.moderation.takedowns.models import AdminTakedown, AppealSettings, TakedownForm
from veza.domains.moderation.takedowns.service import TakedownContext, delete_items, take_down
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


class NoticeState(StrEnum):
    """The state of a notice that a test needs: `COUNTERED` is upheld, and its owner objects."""

    PENDING = "pending"
    UPHELD = "upheld"
    COUNTERED = "countered"


async def copyright_notice(
    tx: Tx, owner: Member, state: NoticeState = NoticeState.COUNTERED
) -> CopyrightNoticeId:
    """Make a confirmed notice about a track, which is taken down unless it waits."""
    notice_id = CopyrightNoticeId(new_id())
    track_id = await bare_track(tx, owner, "Not theirs")
    status = "pending" if state is NoticeState.PENDING else "upheld"
    sql = """
        insert into copyright_notices (id, status, signature, email, rights_holder, work, statement,
                                       expires_at, confirmed_at, decided_at, reason)
             values ($1, $2::text, 'Ada Ferry', 'claimant@example.com', 'Night Ferry Records',
                     'A song', 'In good faith.', now(), now(),
                     case $2 when 'upheld' then now() end,
                     case $2 when 'upheld' then 'It is theirs.' end)
    """
    await tx.run(sql, notice_id, status)
    takedown_id = None if state is NoticeState.PENDING else await _hide(tx, owner, track_id)
    sql = """
        insert into copyright_items (notice_id, position, url, content_type, content_id, owner_id,
                                     title, takedown_id)
             values ($1, 1, '/tracks/' || $2::uuid, 'track', $2, $3, 'Not theirs', $4)
    """
    await tx.run(sql, notice_id, track_id, owner.id, takedown_id)
    if state is NoticeState.COUNTERED:
        sql = """
            insert into copyright_counters (notice_id, owner_id, statement, name, address, email,
                                            restore_at)
                 values ($1, $2, 'well countered', 'Ida Corner', '1 Quay Street', 'i@example.com',
                         now() + interval '14 days')
        """
        await tx.run(sql, notice_id, owner.id)
    return notice_id


async def _hide(tx: Tx, owner: Member, track_id: TrackId) -> UUID:
    takedown_id = new_id()
    sql = """
        insert into takedowns (id, content_type, content_id, owner_id, title, category, reason,
                               permanent, revokes_purchases)
             values ($1, 'track', $2, $3, 'Not theirs', 'copyright', 'It is theirs.', false, false)
    """
    await tx.run(sql, takedown_id, track_id, owner.id)
    sql = "update tracks set owner_visibility = visibility, visibility = 'private' where id = $1"
    await tx.run(sql, track_id)
    return takedown_id


async def deleted_for_good(services: Services) -> None:
    """Run the job that deletes what was taken down for good, after the time for an appeal."""
    settings = AppealSettings(services.settings.appeal_window)
    await delete_items(services.database, services.takedown_context, settings)
