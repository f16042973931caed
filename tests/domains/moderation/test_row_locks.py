"""Each statement that locks rows waits for a transaction that holds them: one line a lock."""

from datetime import timedelta

import pytest

from tests import make
from tests.support.locks import ensure_waits
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import ModerationActionId, ReportId, UserId, new_id
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.moderation.appeals import service as cases
from veza.domains.moderation.appeals.models import AppealForm, NoteForm
from veza.domains.moderation.appeals.queries import appeals
from veza.domains.moderation.bulk import queries as bulk
from veza.domains.moderation.reports import personal_data, queries, service
from veza.domains.moderation.reports.models import (
    ModerationActionType,
    NewModerationAction,
    ReportAction,
    ReportResolution,
)
from veza.domains.moderation.takedowns.models import AppealSettings
from veza.domains.privacy import queries as deletions

SPAM = "Spam"


async def _report(tx, author_id):
    """Make a row of a pending report of a post."""
    report_id, content_id = ReportId(new_id()), new_id()
    sql = """
        insert into reports (id, content_type, content_id, author_id, evidence)
             values ($1, 'post', $2, $3, '{}')
    """
    await tx.run(sql, report_id, content_id, author_id)
    return report_id, content_id


async def test_members_reports_and_appeals_are_locked_while_they_are_decided_on(services):
    someone, moderator = await make.person(services), await make.person(services, Role.MODERATOR)
    user_id, staff = someone.id, moderator.member
    async with services.database.transaction() as tx:
        case = await make.moderation_case(tx, someone.member)
        report_id, content_id = await _report(tx, user_id)
        await deletions.insert_pending_deletion(tx, user_id, now() - timedelta(days=1))
    warning_id = ModerationActionId(case.warning_id)
    form, settings = AppealForm("It was not me."), AppealSettings(timedelta(days=30))
    user, report = ("users", user_id, "id"), ("reports", report_id, "id")
    for (table, row_id, column), change in (
        (user, lambda tx: cases.appeal(tx, settings, warning_id, form=form, granted=True)),
        (user, lambda tx: appeals.lock_appellant(tx, case.appeal_id)),
        (
            ("appeals", case.appeal_id, "id"),
            lambda tx: appeals.lock_appeal(tx, case.appeal_id, user_id),
        ),
        (user, lambda tx: cases.add_note(tx, user_id, staff, NoteForm("Asked."))),
        (user, lambda tx: bulk.lock_members(tx, [user_id], user_id)),
        (user, lambda tx: queries.lock_member(tx, user_id)),
        (user, lambda tx: personal_data.erase(tx, user_id)),
        (user, lambda tx: deletions.lock_member(tx, user_id)),
        (report, lambda tx: queries.lock_pending(tx, "post", content_id)),
        (report, lambda tx: queries.lock_report(tx, report_id, user_id)),
        (report, lambda tx: queries.lock_reports_about(tx, user_id)),
        (
            ("pending_deletions", user_id, "user_id"),
            lambda tx: deletions.lock_due_deletion(tx, user_id),
        ),
    ):
        await ensure_waits(services.database, change, table, row_id, column=column)


async def test_staff_whose_account_is_erased_meanwhile_decide_nothing(services, tx):
    someone, _ = await make.member_in(tx)
    gone, _ = await make.member_in(tx, Role.MODERATOR)
    report_id, _ = await _report(tx, someone.id)
    await tx.run("delete from users where id = $1", gone.id)
    warning = NewModerationAction(someone.id, ModerationActionType.WARN, SPAM, UserId(gone.id))
    dismissal = ReportResolution(ReportAction.DISMISS)
    for decide in (
        lambda: service.record_action(tx, warning),
        lambda: service.resolve_report(tx, report_id, gone, dismissal),
        lambda: cases.add_note(tx, someone.id, gone, NoteForm(SPAM)),
    ):
        with pytest.raises(InvalidToken):
            await decide()
