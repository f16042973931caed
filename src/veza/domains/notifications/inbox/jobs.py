"""Each event notifies the members whom it concerns; old notifications are deleted.

Events may be delivered twice: members are notified once, even if they read it meanwhile.
"""

from msgspec import structs

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import PasswordChanged
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.chat.messages.events import MessageSent
from veza.domains.gear.events import WarrantyEnding
from veza.domains.live.events import StreamStarted
from veza.domains.marketplace.archives.events import ArchiveReady
from veza.domains.marketplace.orders.events import OrderPaid, PreorderDelivered
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.refunds import service as refunds
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.moderation.reports import shared_queries as report_queries
from veza.domains.moderation.reports.events import ModerationActionTaken, ReportClosed
from veza.domains.music.library.events import ReleaseLiked
from veza.domains.music.playlists.events import PlaylistEditorInvited, PlaylistInvitationAccepted
from veza.domains.music.releases.events import ReleasePublished
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.tracks.events import TrackFailed, TrackLiked, TrackReady
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.models import (
    NewNotification,
    NotifyFollowers,
    NotifyOfRelease,
)
from veza.domains.notifications.inbox.queries import creation, notifications
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences import service as preferences
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.privacy.events import ExportReady
from veza.domains.relationships import service as relations
from veza.domains.relationships.events import UserFollowed
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def notify_of_follower(tx: Tx, event: UserFollowed) -> None:
    """Notify a member of a new follower."""
    notification = NewNotification(event.follower_id, NotificationKind.FOLLOW, event.followed_id)
    await notify(tx, notification, [event.followed_id])


async def notify_of_track_like(tx: Tx, event: TrackLiked) -> None:
    """Notify an artist of a like of their track; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        track_id = event.track_id
        notification = NewNotification(
            event.liker_id, NotificationKind.TRACK_LIKE, track_id, track_id=track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_release_like(tx: Tx, event: ReleaseLiked) -> None:
    """Notify a member of a like of their release; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "releases", event.release_id):
        release_id = event.release_id
        notification = NewNotification(
            event.liker_id, NotificationKind.RELEASE_LIKE, release_id, release_id=release_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_track_comment(tx: Tx, event: TrackCommented) -> None:
    """Notify an artist of a comment on their track, then the mentioned members."""
    is_open = await creation.lock_track_comment(tx, event.comment_id)
    if is_open is None:
        return
    notification = NewNotification(
        event.author_id,
        NotificationKind.TRACK_COMMENT,
        event.comment_id,
        track_id=event.track_id,
        track_comment_id=event.comment_id,
    )
    await notify(tx, notification, [event.owner_id])
    if is_open:
        mentioned = await preferences.find_mentioned(tx, event.mentions)
        mention = structs.replace(notification, kind=NotificationKind.MENTION)
        await notify(tx, mention, mentioned, not_blocked_with=[event.owner_id])


async def notify_of_post(tx: Tx, event: PostPublished) -> None:
    """Notify the members whom a post mentions."""
    mentioned = await preferences.find_mentioned(tx, event.mentions)
    if mentioned and await creation.lock_subject(tx, "posts", event.post_id):
        notification = NewNotification(
            event.author_id, NotificationKind.MENTION, event.post_id, post_id=event.post_id
        )
        await notify(tx, notification, mentioned)


async def notify_of_post_like(tx: Tx, event: PostLiked) -> None:
    """Notify an author of a like of their post; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "posts", event.post_id):
        notification = NewNotification(
            event.liker_id, NotificationKind.POST_LIKE, event.post_id, post_id=event.post_id
        )
        await notify(tx, notification, [event.author_id])


async def notify_of_post_comment(tx: Tx, event: PostCommented) -> None:
    """Notify the author replied to, then the post's author, then the mentioned members."""
    # The post first, in the same order as the deletion of a comment.
    if not (
        await creation.lock_subject(tx, "posts", event.post_id)
        and await creation.lock_subject(tx, "post_comments", event.comment_id)
    ):
        return
    post_author = [event.post_author_id]
    notification = NewNotification(
        event.author_id,
        NotificationKind.REPLY,
        event.comment_id,
        post_id=event.post_id,
        post_comment_id=event.comment_id,
    )
    if event.parent_author_id is not None:
        await notify(tx, notification, [event.parent_author_id], not_blocked_with=post_author)
    await notify(
        tx,
        structs.replace(notification, kind=NotificationKind.POST_COMMENT),
        [event.post_author_id],
    )
    mentioned = await preferences.find_mentioned(tx, event.mentions)
    await notify(
        tx,
        structs.replace(notification, kind=NotificationKind.MENTION),
        mentioned,
        not_blocked_with=post_author,
    )


async def notify_of_playlist_invitation(tx: Tx, event: PlaylistEditorInvited) -> None:
    """Notify a member of an invitation to edit a playlist, once for each playlist."""
    if await creation.lock_subject(tx, "playlists", event.playlist_id):
        notification = NewNotification(
            event.owner_id,
            NotificationKind.PLAYLIST_INVITATION,
            event.playlist_id,
            playlist_id=event.playlist_id,
        )
        await notify(tx, notification, [event.invited_id])


async def notify_of_playlist_editor(tx: Tx, event: PlaylistInvitationAccepted) -> None:
    """Notify the owner of a playlist that a member edits it now."""
    if await creation.lock_subject(tx, "playlists", event.playlist_id):
        notification = NewNotification(
            event.editor_id,
            NotificationKind.PLAYLIST_ACCEPTED,
            event.playlist_id,
            playlist_id=event.playlist_id,
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_message(tx: Tx, event: MessageSent) -> None:
    """Notify the members mentioned in a message, then other members who haven't read it."""
    recipients = await preferences.list_message_recipients(tx, event.message_id, event.mentions)
    if not recipients:
        return
    notification = NewNotification(
        event.sender_id,
        NotificationKind.MENTION,
        event.message_id,
        message_id=event.message_id,
        message_number=recipients[0].number,
    )
    await notify(tx, notification, [each.user_id for each in recipients if each.is_mentioned])
    others = [each.user_id for each in recipients if each.gets_every_message]
    joined = structs.replace(
        notification, kind=NotificationKind.MESSAGE, subject_id=event.conversation_id
    )
    await notify(tx, joined, others)


async def notify_of_ready_track(tx: Tx, event: TrackReady) -> None:
    """Notify an artist that their track can be played."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        notification = NewNotification(
            None, NotificationKind.TRACK_READY, event.track_id, track_id=event.track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_failed_track(tx: Tx, event: TrackFailed) -> None:
    """Notify an artist that their track could not be processed."""
    if await creation.lock_subject(tx, "tracks", event.track_id):
        notification = NewNotification(
            None, NotificationKind.TRACK_FAILED, event.track_id, track_id=event.track_id
        )
        await notify(tx, notification, [event.owner_id])


async def notify_of_sale(tx: Tx, event: OrderPaid) -> None:
    """Notify the sellers of an order."""
    if await creation.lock_subject(tx, "orders", event.order_id):
        notification = NewNotification(
            None, NotificationKind.SALE, event.order_id, order_id=event.order_id
        )
        await notify(tx, notification, event.seller_ids)


async def notify_of_preorder(tx: Tx, event: PreorderDelivered) -> None:
    """Notify the buyer of a pre-order that it can be downloaded."""
    if await creation.lock_subject(tx, "orders", event.order_id):
        notification = NewNotification(
            None, NotificationKind.PREORDER_DELIVERED, event.order_id, order_id=event.order_id
        )
        await notify(tx, notification, [event.buyer_id])


async def notify_of_refund(tx: Tx, event: RefundEnded | RefundDelayed) -> None:
    """Notify the buyer of a refund's outcome, and the sellers of the refunded items.

    The member who requested the refund is also notified if it failed or is late.
    """
    parties = await refunds.find_parties(tx, event.refund_id)
    if parties is None or not await creation.lock_subject(tx, "orders", event.order_id):
        return
    is_made = isinstance(event, RefundEnded) and event.is_made
    failed = (
        NotificationKind.REFUND_FAILED
        if isinstance(event, RefundEnded)
        else NotificationKind.REFUND_DELAYED
    )
    notification = NewNotification(
        None,
        NotificationKind.REFUND_MADE if is_made else failed,
        event.refund_id,
        order_id=event.order_id,
        refund_id=event.refund_id,
    )
    concerned = {parties.buyer_id} if is_made else {parties.buyer_id, parties.requested_by}
    await notify(tx, notification, sorted(user_id for user_id in concerned if user_id is not None))
    if is_made and not parties.came_late:
        refunded = structs.replace(notification, kind=NotificationKind.SALE_REFUNDED)
        await notify(tx, refunded, parties.seller_ids)


async def notify_of_transfer(
    tx: Tx, event: TransferCompleted | TransferFailed | TransferReversed
) -> None:
    """Notify a seller of a payout; each failure and each reversal has its own notification."""
    if not await creation.lock_subject(tx, "orders", event.order_id):
        return
    match event:
        case TransferCompleted(transfer_id=subject_id):
            kind = NotificationKind.TRANSFER_COMPLETED
        case TransferFailed(failure_id=subject_id):
            kind = NotificationKind.TRANSFER_FAILED
        case TransferReversed(reversal_id=subject_id):
            kind = NotificationKind.TRANSFER_REVERSED
    notification = NewNotification(
        None, kind, subject_id, order_id=event.order_id, transfer_id=event.transfer_id
    )
    await notify(tx, notification, [event.seller_id])


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


async def notify_of_archive(tx: Tx, event: ArchiveReady) -> None:
    """Notify those who asked for the archive of a release that it can be downloaded."""
    if await creation.lock_subject(tx, "releases", event.release_id):
        notification = NewNotification(
            None, NotificationKind.ARCHIVE_READY, event.release_id, release_id=event.release_id
        )
        await notify(tx, notification, event.user_ids)


async def notify_of_moderation_action(tx: Tx, event: ModerationActionTaken) -> None:
    """Notify a member of a moderators' decision about them."""
    if await creation.lock_subject(tx, "moderation_actions", event.action_id):
        kind = rules.KINDS_OF_ACTIONS[event.action]
        notification = NewNotification(
            None, kind, event.action_id, moderation_action_id=event.action_id
        )
        await notify(tx, notification, [event.user_id])


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
    await notify(tx, NewNotification(None, kind, event.notice_id), await accounts.list_admins(tx))


async def notify_of_security(tx: Tx, event: SecurityNoticed | PasswordChanged) -> None:
    """Notify a member of what they should know about their account."""
    is_password = isinstance(event, PasswordChanged)
    kind = NotificationKind.PASSWORD_CHANGED if is_password else NotificationKind(event.kind)
    await notify(tx, NewNotification(None, kind, event.notice_id), [event.user_id])


async def enqueue_stream_notifications(tx: Tx, event: StreamStarted) -> None:
    """Enqueue notifications for the followers of a member who went live."""
    await enqueue(tx, NotifyFollowers(event.stream_id, event.owner_id))


async def notify_followers(database: Database, job: NotifyFollowers) -> None:
    """Notify followers of a stream. Running twice notifies only those not reached before."""
    notification = NewNotification(
        job.owner_id, NotificationKind.WENT_LIVE, job.stream_id, stream_id=job.stream_id
    )
    await _notify_followers(database, job.owner_id, notification, "streams")


async def enqueue_release_notifications(tx: Tx, event: ReleasePublished) -> None:
    """Enqueue notifications for the followers of a member who published a release."""
    await enqueue(tx, NotifyOfRelease(event.release_id, event.owner_id))


async def notify_of_release(database: Database, job: NotifyOfRelease) -> None:
    """Notify followers of a release. Running twice notifies only those not reached before."""
    notification = NewNotification(
        job.owner_id, NotificationKind.RELEASE_PUBLISHED, job.release_id, release_id=job.release_id
    )
    await _notify_followers(database, job.owner_id, notification, "releases")


async def _notify_followers(
    database: Database,
    owner_id: UserId,
    notification: NewNotification,
    table: creation.SubjectTable,
) -> None:
    """Notify the followers of a member in batches, until all are or the subject is deleted."""
    after = None
    while True:
        async with database.transaction() as tx:
            followers = await relations.list_followers(tx, owner_id, after)
            if not followers or not await creation.lock_subject(tx, table, notification.subject_id):
                return
            await notify(tx, notification, [each.user_id for each in followers])
        after = followers[-1]


async def sweep_notifications(database: Database) -> None:
    """Delete notifications that are too old, or too many for a member."""
    too_old = now() - rules.KEPT_FOR
    deleted = rules.SWEPT_AT_ONCE
    while deleted == rules.SWEPT_AT_ONCE:
        async with database.transaction() as tx:
            deleted = await notifications.delete_old(tx, too_old, at_once=rules.SWEPT_AT_ONCE)
    after: UserId | None = UserId(LOWEST_ID)
    while after is not None:
        async with database.transaction() as tx:
            after = await notifications.delete_beyond(tx, after, keep=rules.MAX_KEPT)
