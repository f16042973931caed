"""Members are notified of decisions, exports and security; admins of backups."""

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.domains.auth.accounts.events import PasswordChanged
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.gear.events import WarrantyEnding
from veza.domains.moderation.reports import shared_queries as report_queries
from veza.domains.moderation.reports.events import ModerationActionTaken, ReportClosed
from veza.domains.moderation.takedowns.events import ItemHeld
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.privacy.events import ExportReady
from veza.infra.postgres.database import Tx


async def notify_of_warranty(tx: Tx, event: WarrantyEnding) -> None:
    """Notify a member that a warranty is about to end, once for each end."""
    if await creation.lock_subject(tx, "gear", event.gear_id):
        notification = NewNotification(
            None, NotificationKind.WARRANTY, event.warning_id, gear_id=event.gear_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_export(tx: Tx, event: ExportReady) -> None:
    """Notify a member that their data export can be downloaded."""
    if await creation.lock_subject(tx, "exports", event.export_id):
        notification = NewNotification(
            None, NotificationKind.EXPORT_READY, event.export_id, export_id=event.export_id
        )
        await notify(tx, notification, [event.user_id])


async def notify_of_moderation_action(tx: Tx, event: ModerationActionTaken) -> None:
    """Notify a member of a moderators' decision about them."""
    if await creation.lock_subject(tx, "moderation_actions", event.action_id):
        kind = rules.KINDS_OF_ACTIONS[event.action]
        notification = NewNotification(
            None, kind, event.action_id, moderation_action_id=event.action_id
        )
        await notify(tx, notification, [event.user_id])


async def notify_of_held_item(tx: Tx, event: ItemHeld) -> None:
    """Notify a member that something of theirs waits until staff has looked at it."""
    track_id = TrackId(event.content_id) if event.content_type == "track" else None
    if track_id is None or await creation.lock_subject(tx, "tracks", track_id):
        kind = NotificationKind.ITEM_HELD
        notification = NewNotification(None, kind, event.takedown_id, track_id=track_id)
        await notify(tx, notification, [event.owner_id])


async def notify_of_closed_report(tx: Tx, event: ReportClosed) -> None:
    """Notify all reporters of the outcome of their report."""
    notification = NewNotification(
        None, NotificationKind.REPORT_CLOSED, event.report_id, report_id=event.report_id
    )
    after = UserId(LOWEST_ID)
    while reporters := await report_queries.list_reporters(tx, event.report_id, after):
        await notify(tx, notification, reporters)
        after = reporters[-1]


async def notify_of_backup(tx: Tx, event: BackupFailed | BackupOverdue) -> None:
    """Notify all admins that a backup failed or is overdue."""
    is_failure = isinstance(event, BackupFailed)
    kind = NotificationKind.BACKUP_FAILED if is_failure else NotificationKind.BACKUP_OVERDUE
    await notify(
        tx, NewNotification(None, kind, event.notice_id), await member_accounts.list_admins(tx)
    )


async def notify_of_security(tx: Tx, event: SecurityNoticed | PasswordChanged) -> None:
    """Notify a member of what they should know about their account."""
    is_password = isinstance(event, PasswordChanged)
    kind = NotificationKind.PASSWORD_CHANGED if is_password else NotificationKind(event.kind)
    await notify(tx, NewNotification(None, kind, event.notice_id), [event.user_id])
