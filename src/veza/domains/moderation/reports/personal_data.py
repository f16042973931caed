"""Exports reports by a member, and actions on them; erasing empties reports about them."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.moderation.reports import queries
from veza.domains.moderation.reports.events import ReportClosed
from veza.domains.moderation.reports.models import (
    PersonalModerationAction,
    PersonalReport,
    ReportStatus,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("reports", "report_entries", "moderation_actions")


class PersonalModeration(Struct, frozen=True):
    """A member's reports, and the moderation actions on them."""

    reported: list[PersonalReport]
    sanctions: list[PersonalModerationAction]


async def export(conn: Conn, user_id: UserId) -> PersonalModeration:
    """Return the reports by a member, and the moderation actions on them.

    Reports about them are excluded, because they would reveal the reporters.
    """
    return PersonalModeration(
        await queries.list_personal_reports(conn, user_id),
        await queries.list_personal_actions(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the reports by a member, and the content of reports about them.

    The type and outcome of reports about them are kept; pending reports are dismissed, and their
    reporters notified. Their decisions as a moderator are kept without their id.
    """
    await queries.lock_member(tx, user_id)
    await queries.anonymize_entries(tx, user_id)
    about = await queries.lock_reports_about(tx, user_id)
    pending = [report.id for report in about if report.status is ReportStatus.PENDING]
    await queries.dismiss_reports(tx, pending)
    for report_id in pending:
        await emit(tx, ReportClosed(report_id))
    await queries.anonymize_reports(tx, [report.id for report in about])
    await queries.delete_actions_against(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move reports about a page, and the actions on it, to another profile."""
    await queries.update_author(tx, user_id, into_id)
