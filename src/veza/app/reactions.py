"""The reactions to each event.

Events without reactions are listed too: an event that is not listed is taken for one of a newer
version, and left for a worker of that version.
"""

from veza.app.recounts import enqueue_recount
from veza.app.report_targets import hold_known_picture, release_decided, report_flagged_text
from veza.app.search_index import enqueue_indexing
from veza.domains.auth.accounts.events import (
    EmailChanged,
    HiddenTextsChanged,
    PasswordChanged,
    UserRegistered,
    UserRenamed,
    UserSuspended,
    UserUnsuspended,
)
from veza.domains.auth.recovery.jobs import (
    announce_email_change,
    announce_password_change,
    announce_security_notice,
    send_backup_mails,
    send_verification,
)
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sign_up.events import SignUpDeclined
from veza.domains.chat.messages.events import MessageSent
from veza.domains.gear.events import WarrantyEnding
from veza.domains.images.events import PictureShown
from veza.domains.live.events import StreamCancelled, StreamEnded, StreamSoon, StreamStarted
from veza.domains.live.jobs import end_key
from veza.domains.mailings.broadcasts.jobs import count_unsubscribed, enqueue_report
from veza.domains.mailings.subscribers.events import Unsubscribed
from veza.domains.marketplace.archives.events import ArchiveReady
from veza.domains.marketplace.commissions.events import CommissionMoved
from veza.domains.marketplace.commissions.jobs import begin_commissions, end_returned
from veza.domains.marketplace.contracts.jobs import issue_contracts
from veza.domains.marketplace.gifts.jobs import enqueue_gifts, take_back_gifts
from veza.domains.marketplace.guests.jobs import mail_delivery, mail_receipt, mail_refund
from veza.domains.marketplace.invoices.jobs import enqueue_document
from veza.domains.marketplace.memberships.jobs import enqueue_asking
from veza.domains.marketplace.orders.events import (
    ExclusiveSold,
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
    PreorderDelivered,
    ServiceDelivered,
)
from veza.domains.marketplace.orders.jobs import cancel_outsold
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.payouts.jobs import resume_seller, update_order_transfers
from veza.domains.marketplace.products.events import ProductCreated
from veza.domains.marketplace.receipts.jobs import enqueue_receipt
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.marketplace.refunds.jobs import return_payment
from veza.domains.marketplace.reviews.jobs import enqueue_review_recount
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.domains.marketplace.splits.events import SplitProposed
from veza.domains.marketplace.splits.jobs import propose_default
from veza.domains.marketplace.tiers.events import TierPriceRaised
from veza.domains.moderation.appeals.jobs import close_appeals, send_sanction_mail
from veza.domains.moderation.pictures.jobs import enqueue_remembering
from veza.domains.moderation.reports.events import ModerationActionTaken, ReportClosed
from veza.domains.moderation.takedowns.events import ItemHeld
from veza.domains.moderation.takedowns.jobs import note_texts_edit
from veza.domains.music.audio.jobs import enqueue_deletion
from veza.domains.music.credits.events import ArtistConfirmed, CreditAsked
from veza.domains.music.discovery.jobs import update_track
from veza.domains.music.library.events import ReleaseLiked
from veza.domains.music.playlists.events import PlaylistEditorInvited, PlaylistInvitationAccepted
from veza.domains.music.prints.jobs import remember_recording
from veza.domains.music.releases.events import ReleaseCreated, ReleasePublished
from veza.domains.music.tags.jobs import count_tags, enqueue_tag_recount
from veza.domains.music.track_comments.events import TrackCommented, TrackCommentLiked
from veza.domains.music.tracks.events import (
    TrackChanged,
    TrackDeleted,
    TrackFailed,
    TrackLiked,
    TrackPublished,
    TrackReady,
)
from veza.domains.music.tracks.jobs import index_followed
from veza.domains.notifications.by_mail.jobs import enqueue_mails
from veza.domains.notifications.inbox.events import MailWanted, MembersNotified
from veza.domains.notifications.inbox.jobs.account_notices import (
    notify_of_backup,
    notify_of_closed_report,
    notify_of_export,
    notify_of_held_item,
    notify_of_moderation_action,
    notify_of_security,
    notify_of_warranty,
)
from veza.domains.notifications.inbox.jobs.follower_notices import (
    enqueue_artist_notifications,
    enqueue_release_notifications,
    enqueue_stream_notifications,
    enqueue_track_notifications,
)
from veza.domains.notifications.inbox.jobs.music_notices import (
    notify_of_comment_like,
    notify_of_expiring_recording,
    notify_of_failed_track,
    notify_of_playlist_editor,
    notify_of_playlist_invitation,
    notify_of_ready_track,
    notify_of_release_like,
    notify_of_track_comment,
    notify_of_track_like,
)
from veza.domains.notifications.inbox.jobs.plan_notices import enqueue_reminders
from veza.domains.notifications.inbox.jobs.profile_notices import (
    notify_of_claim,
    notify_of_credit,
    notify_of_profile_invitation,
    notify_of_roster_proposal,
    notify_of_split,
)
from veza.domains.notifications.inbox.jobs.sales_notices import (
    notify_of_archive,
    notify_of_commission,
    notify_of_preorder,
    notify_of_refund,
    notify_of_sale,
    notify_of_transfer,
)
from veza.domains.notifications.inbox.jobs.social_notices import (
    notify_of_follower,
    notify_of_message,
    notify_of_post,
    notify_of_post_comment,
    notify_of_post_like,
)
from veza.domains.notifications.push.jobs import enqueue_pushes
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.platform.suppressions.events import MailReported
from veza.domains.platform.text_filters.events import TextFlagged
from veza.domains.privacy.events import ExportReady
from veza.domains.privacy.jobs import schedule_erasure
from veza.domains.profiles.events import (
    ProfileClaimed,
    ProfileInvited,
    ProfileManagementEnded,
    RosterProposed,
)
from veza.domains.profiles.jobs import check_renamed, follow_owner
from veza.domains.relationships.events import UserFollowed
from veza.domains.relationships.jobs import enqueue_follow_recount
from veza.domains.replays.events import RecordingExpiring
from veza.domains.restreams.jobs import switch_targets_off
from veza.domains.shows.jobs import note_owner, note_track
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.domains.social.posts.jobs import index_post
from veza.infra.jobs.outbox import Reactions

REACTIONS: Reactions = {
    ArchiveReady: [notify_of_archive],
    ArtistConfirmed: [enqueue_artist_notifications],
    BackupFailed: [notify_of_backup, send_backup_mails],
    BackupOverdue: [notify_of_backup, send_backup_mails],
    CommissionMoved: [notify_of_commission],
    CreditAsked: [notify_of_credit],
    EmailChanged: [announce_email_change],
    ExportReady: [notify_of_export],
    HiddenTextsChanged: [note_texts_edit],
    MailWanted: [enqueue_mails],
    MembersNotified: [enqueue_pushes],
    ItemHeld: [notify_of_held_item],
    ModerationActionTaken: [
        notify_of_moderation_action,
        send_sanction_mail,
        close_appeals,
        enqueue_remembering,
        remember_recording,
    ],
    MessageSent: [notify_of_message],
    MailReported: [enqueue_report],
    OrderDisputed: [update_order_transfers, take_back_gifts, end_returned],
    OrderFailed: [],
    OrderPaid: [
        update_order_transfers,
        enqueue_document,
        enqueue_receipt,
        notify_of_sale,
        mail_receipt,
        enqueue_gifts,
        issue_contracts,
        begin_commissions,
    ],
    OrderRefunded: [update_order_transfers, enqueue_document, take_back_gifts, end_returned],
    OrderToReturn: [return_payment],
    PasswordChanged: [announce_password_change, notify_of_security],
    PictureShown: [hold_known_picture],
    PlaylistEditorInvited: [notify_of_playlist_invitation],
    PlaylistInvitationAccepted: [notify_of_playlist_editor],
    PreorderDelivered: [update_order_transfers, notify_of_preorder, mail_delivery],
    PostCommented: [notify_of_post_comment],
    PostLiked: [notify_of_post_like],
    PostPublished: [index_post, notify_of_post],
    ProductCreated: [propose_default],
    ProfileClaimed: [end_key, switch_targets_off, notify_of_claim],
    ProfileInvited: [notify_of_profile_invitation],
    ProfileManagementEnded: [end_key, switch_targets_off],
    RecordingExpiring: [notify_of_expiring_recording],
    RefundDelayed: [notify_of_refund],
    RefundEnded: [notify_of_refund, mail_refund],
    ReleaseCreated: [propose_default],
    ReleaseLiked: [notify_of_release_like],
    ReleasePublished: [enqueue_release_notifications],
    ReportClosed: [notify_of_closed_report, release_decided],
    RosterProposed: [notify_of_roster_proposal],
    SecurityNoticed: [announce_security_notice, notify_of_security],
    SellerConnected: [resume_seller],
    ServiceDelivered: [update_order_transfers],
    SignUpDeclined: [schedule_erasure],
    ExclusiveSold: [cancel_outsold],
    SplitProposed: [notify_of_split],
    StreamEnded: [],
    StreamCancelled: [enqueue_reminders],
    StreamSoon: [enqueue_reminders],
    StreamStarted: [enqueue_stream_notifications, enqueue_reminders],
    TextFlagged: [report_flagged_text],
    TierPriceRaised: [enqueue_asking],
    TrackChanged: [count_tags, update_track, note_track],
    TrackCommented: [notify_of_track_comment],
    TrackCommentLiked: [notify_of_comment_like],
    TrackDeleted: [enqueue_deletion, count_tags],
    TrackFailed: [notify_of_failed_track],
    TrackLiked: [notify_of_track_like],
    TrackPublished: [enqueue_track_notifications],
    TrackReady: [count_tags, update_track, note_track, notify_of_ready_track],
    TransferCompleted: [notify_of_transfer],
    TransferFailed: [notify_of_transfer],
    TransferReversed: [notify_of_transfer],
    Unsubscribed: [count_unsubscribed],
    UserFollowed: [notify_of_follower, index_followed],
    UserRegistered: [send_verification],
    UserRenamed: [enqueue_indexing, check_renamed],
    UserSuspended: [
        enqueue_recount,
        enqueue_indexing,
        enqueue_follow_recount,
        enqueue_review_recount,
        enqueue_tag_recount,
        follow_owner,
        note_owner,
    ],
    UserUnsuspended: [
        enqueue_recount,
        enqueue_indexing,
        enqueue_follow_recount,
        enqueue_review_recount,
        enqueue_tag_recount,
        follow_owner,
        note_owner,
    ],
    WarrantyEnding: [notify_of_warranty],
}
