"""Who reacts to what. Read this file to know every effect of every event.

Every event stands here, those to which nobody reacts too: one that doesn't is taken for an event of
a newer version, and left to a worker that knows it.
"""

from veza.domains.auth.accounts.events import (
    EmailChanged,
    PasswordChanged,
    UserRegistered,
    UserRenamed,
    UserSuspended,
    UserUnsuspended,
)
from veza.domains.auth.recovery.jobs import (
    announce_email_change,
    announce_password_change,
    send_verification,
)
from veza.domains.chat.messages.events import MessageSent
from veza.domains.gear.events import WarrantyEnding
from veza.domains.live.events import StreamEnded, StreamStarted
from veza.domains.marketplace.invoices.jobs import enqueue_credit_notes, enqueue_invoices
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
)
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.payouts.jobs import follow_order, pay_connected
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.jobs import order_deletion_of_files, reindex_seller
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.marketplace.refunds.jobs import return_payment
from veza.domains.marketplace.reviews.jobs import order_recount_of_reviews
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.domains.moderation.events import ModerationActionTaken, ReportClosed
from veza.domains.music.audio.jobs import order_deletion
from veza.domains.music.tags.jobs import count_tags, order_recount_of_tags
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.track_comments.jobs import order_recount_of_track_comments
from veza.domains.music.tracks.events import (
    TrackChanged,
    TrackDeleted,
    TrackFailed,
    TrackLiked,
    TrackReady,
)
from veza.domains.music.tracks.jobs import reindex_artist
from veza.domains.notifications.inbox.jobs import (
    order_recount_of_actors,
    order_telling_of_stream,
    tell_of_export,
    tell_of_failed_track,
    tell_of_follower,
    tell_of_message,
    tell_of_post,
    tell_of_post_comment,
    tell_of_post_like,
    tell_of_ready_track,
    tell_of_refund,
    tell_of_sale,
    tell_of_sanction,
    tell_of_track_comment,
    tell_of_track_like,
    tell_of_transfer,
    tell_of_verdict,
    tell_of_warranty,
)
from veza.domains.privacy.events import ExportReady
from veza.domains.relationships.events import UserFollowed
from veza.domains.relationships.jobs import enqueue_follow_recount
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.post_comments.jobs import order_recount_of_post_comments
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.domains.social.posts.jobs import order_recount_of_likes
from veza.infra.jobs.outbox import Reactions

REACTIONS: Reactions = {
    EmailChanged: [announce_email_change],
    ExportReady: [tell_of_export],
    ModerationActionTaken: [tell_of_sanction],
    MessageSent: [tell_of_message],
    OrderDisputed: [follow_order],
    OrderFailed: [],
    OrderPaid: [follow_order, enqueue_invoices, tell_of_sale],
    OrderRefunded: [follow_order, enqueue_credit_notes],
    OrderToReturn: [return_payment],
    PasswordChanged: [announce_password_change],
    PostCommented: [tell_of_post_comment],
    PostLiked: [tell_of_post_like],
    PostPublished: [tell_of_post],
    ProductDeleted: [order_deletion_of_files],
    RefundDelayed: [tell_of_refund],
    RefundEnded: [tell_of_refund],
    ReportClosed: [tell_of_verdict],
    SellerConnected: [pay_connected],
    StreamEnded: [],
    StreamStarted: [order_telling_of_stream],
    TrackChanged: [count_tags],
    TrackCommented: [tell_of_track_comment],
    TrackDeleted: [order_deletion, count_tags],
    TrackFailed: [tell_of_failed_track],
    TrackLiked: [tell_of_track_like],
    TrackReady: [count_tags, tell_of_ready_track],
    TransferCompleted: [tell_of_transfer],
    TransferFailed: [tell_of_transfer],
    TransferReversed: [tell_of_transfer],
    UserFollowed: [tell_of_follower],
    UserRegistered: [send_verification],
    UserRenamed: [reindex_artist, reindex_seller],
    UserSuspended: [
        order_recount_of_track_comments,
        order_recount_of_likes,
        order_recount_of_post_comments,
        order_recount_of_actors,
        enqueue_follow_recount,
        order_recount_of_reviews,
        order_recount_of_tags,
    ],
    UserUnsuspended: [
        order_recount_of_track_comments,
        order_recount_of_likes,
        order_recount_of_post_comments,
        order_recount_of_actors,
        enqueue_follow_recount,
        order_recount_of_reviews,
        order_recount_of_tags,
    ],
    WarrantyEnding: [tell_of_warranty],
}
