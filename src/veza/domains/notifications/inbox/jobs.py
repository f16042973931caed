"""Reactions to what happened elsewhere, the work that comes of them, and what the clock starts.

Each event may come twice: what was told is not told again, even where it was read meanwhile.
"""

from msgspec import structs

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.chat.messages.events import MessageSent
from veza.domains.gear.events import WarrantyEnding
from veza.domains.live.events import StreamStarted
from veza.domains.marketplace.orders.events import OrderPaid
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.refunds import service as refunds
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.moderation import service as moderation
from veza.domains.moderation.events import ModerationActionTaken, ReportClosed
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.tracks.events import TrackFailed, TrackLiked, TrackReady
from veza.domains.notifications.inbox import queries, rules
from veza.domains.notifications.inbox.models import Cause, RecountActors, TellOfStream
from veza.domains.notifications.inbox.service import hide_actor, tell
from veza.domains.notifications.preferences import service as inboxes
from veza.domains.notifications.preferences.models import Kind
from veza.domains.privacy.events import ExportReady
from veza.domains.relationships import service as relations
from veza.domains.relationships.events import UserFollowed
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def tell_of_follower(tx: Tx, event: UserFollowed) -> None:
    """Tell a member who follows them."""
    cause = Cause(event.follower_id, Kind.FOLLOW, event.followed_id)
    await tell(tx, cause, [event.followed_id])


async def tell_of_track_like(tx: Tx, event: TrackLiked) -> None:
    """Tell an artist who likes their track. A like that is taken back stays told."""
    if await queries.lock_thing(tx, "tracks", event.track_id):
        track_id = event.track_id
        cause = Cause(event.liker_id, Kind.TRACK_LIKE, track_id, track_id=track_id)
        await tell(tx, cause, [event.owner_id])


async def tell_of_track_comment(tx: Tx, event: TrackCommented) -> None:
    """Tell an artist what somebody said about their track, then those whom it calls."""
    is_open = await queries.lock_track_comment(tx, event.comment_id)
    if is_open is None:
        return
    cause = Cause(
        event.author_id,
        Kind.TRACK_COMMENT,
        event.comment_id,
        track_id=event.track_id,
        track_comment_id=event.comment_id,
    )
    await tell(tx, cause, [event.owner_id])
    if is_open:
        called = await inboxes.find_called(tx, event.mentions)
        mention = structs.replace(cause, kind=Kind.MENTION)
        await tell(tx, mention, called, near=[event.owner_id])


async def tell_of_post(tx: Tx, event: PostPublished) -> None:
    """Tell those whom a post calls."""
    called = await inboxes.find_called(tx, event.mentions)
    if called and await queries.lock_thing(tx, "posts", event.post_id):
        cause = Cause(event.author_id, Kind.MENTION, event.post_id, post_id=event.post_id)
        await tell(tx, cause, called)


async def tell_of_post_like(tx: Tx, event: PostLiked) -> None:
    """Tell an author who likes their post. A like that is taken back stays told."""
    if await queries.lock_thing(tx, "posts", event.post_id):
        cause = Cause(event.liker_id, Kind.POST_LIKE, event.post_id, post_id=event.post_id)
        await tell(tx, cause, [event.author_id])


async def tell_of_post_comment(tx: Tx, event: PostCommented) -> None:
    """Tell whom somebody answers, then the author of the post, then those whom it calls."""
    # The post first, as by whoever deletes a comment.
    if not (
        await queries.lock_thing(tx, "posts", event.post_id)
        and await queries.lock_thing(tx, "post_comments", event.comment_id)
    ):
        return
    near = [event.post_author_id]
    cause = Cause(
        event.author_id,
        Kind.REPLY,
        event.comment_id,
        post_id=event.post_id,
        post_comment_id=event.comment_id,
    )
    if event.parent_author_id is not None:
        await tell(tx, cause, [event.parent_author_id], near=near)
    await tell(tx, structs.replace(cause, kind=Kind.POST_COMMENT), [event.post_author_id])
    called = await inboxes.find_called(tx, event.mentions)
    await tell(tx, structs.replace(cause, kind=Kind.MENTION), called, near=near)


async def tell_of_message(tx: Tx, event: MessageSent) -> None:
    """Tell those whom a message calls, then all who are there, but those who have read it."""
    addressees = await inboxes.list_addressees(tx, event.message_id, event.mentions)
    if not addressees:
        return
    cause = Cause(
        event.sender_id,
        Kind.MENTION,
        event.message_id,
        message_id=event.message_id,
        message_number=addressees[0].number,
    )
    await tell(tx, cause, [one.user_id for one in addressees if one.is_called])
    others = [one.user_id for one in addressees if one.hears_all]
    joined = structs.replace(cause, kind=Kind.MESSAGE, subject_id=event.conversation_id)
    await tell(tx, joined, others)


async def tell_of_ready_track(tx: Tx, event: TrackReady) -> None:
    """Tell an artist that their track can be played."""
    if await queries.lock_thing(tx, "tracks", event.track_id):
        cause = Cause(None, Kind.TRACK_READY, event.track_id, track_id=event.track_id)
        await tell(tx, cause, [event.owner_id])


async def tell_of_failed_track(tx: Tx, event: TrackFailed) -> None:
    """Tell an artist that their track can't be made playable; the track says why."""
    if await queries.lock_thing(tx, "tracks", event.track_id):
        cause = Cause(None, Kind.TRACK_FAILED, event.track_id, track_id=event.track_id)
        await tell(tx, cause, [event.owner_id])


async def tell_of_sale(tx: Tx, event: OrderPaid) -> None:
    """Tell sellers that something of theirs was sold."""
    if await queries.lock_thing(tx, "orders", event.order_id):
        cause = Cause(None, Kind.SALE, event.order_id, order_id=event.order_id)
        await tell(tx, cause, event.seller_ids)


async def tell_of_refund(tx: Tx, event: RefundEnded | RefundDelayed) -> None:
    """Tell a buyer how a refund stands, and sellers what was refunded of their sales.

    Who requested one that failed, or is late, is told as well.
    """
    parties = await refunds.find_parties(tx, event.refund_id)
    if parties is None or not await queries.lock_thing(tx, "orders", event.order_id):
        return
    is_made = isinstance(event, RefundEnded) and event.is_made
    failed = Kind.REFUND_FAILED if isinstance(event, RefundEnded) else Kind.REFUND_DELAYED
    cause = Cause(
        None,
        Kind.REFUND_MADE if is_made else failed,
        event.refund_id,
        order_id=event.order_id,
        refund_id=event.refund_id,
    )
    concerned = {parties.buyer_id} if is_made else {parties.buyer_id, parties.requested_by}
    await tell(tx, cause, sorted(user_id for user_id in concerned if user_id is not None))
    if is_made and not parties.came_late:
        refunded = structs.replace(cause, kind=Kind.SALE_REFUNDED)
        await tell(tx, refunded, parties.seller_ids)


async def tell_of_transfer(
    tx: Tx, event: TransferCompleted | TransferFailed | TransferReversed
) -> None:
    """Tell a seller what became of their money: each failure and each reversal by itself."""
    if not await queries.lock_thing(tx, "orders", event.order_id):
        return
    match event:
        case TransferCompleted(transfer_id=subject_id):
            kind = Kind.TRANSFER_COMPLETED
        case TransferFailed(failure_id=subject_id):
            kind = Kind.TRANSFER_FAILED
        case TransferReversed(reversal_id=subject_id):
            kind = Kind.TRANSFER_REVERSED
    cause = Cause(None, kind, subject_id, order_id=event.order_id, transfer_id=event.transfer_id)
    await tell(tx, cause, [event.seller_id])


async def tell_of_warranty(tx: Tx, event: WarrantyEnding) -> None:
    """Tell a member that a warranty of theirs is about to end. Each end is told by itself."""
    if await queries.lock_thing(tx, "gear", event.gear_id):
        cause = Cause(None, Kind.WARRANTY, event.warning_id, gear_id=event.gear_id)
        await tell(tx, cause, [event.owner_id])


async def tell_of_export(tx: Tx, event: ExportReady) -> None:
    """Tell a member that what they asked for can be downloaded."""
    if await queries.lock_thing(tx, "exports", event.export_id):
        cause = Cause(None, Kind.EXPORT_READY, event.export_id, export_id=event.export_id)
        await tell(tx, cause, [event.user_id])


async def tell_of_sanction(tx: Tx, event: ModerationActionTaken) -> None:
    """Tell a member what moderators did to them; the sanction says why."""
    if await queries.lock_thing(tx, "moderation_actions", event.action_id):
        kind = rules.KINDS_OF_SANCTIONS[event.action]
        cause = Cause(None, kind, event.action_id, moderation_action_id=event.action_id)
        await tell(tx, cause, [event.user_id])


async def tell_of_verdict(tx: Tx, event: ReportClosed) -> None:
    """Tell everybody who reported a thing what came of it."""
    cause = Cause(None, Kind.REPORT_CLOSED, event.report_id, report_id=event.report_id)
    after = UserId(LOWEST_ID)
    while reporters := await moderation.list_reporters(tx, event.report_id, after):
        await tell(tx, cause, reporters)
        after = reporters[-1]


async def order_telling_of_stream(tx: Tx, event: StreamStarted) -> None:
    """Have the followers of a member told that they went live: they may be many."""
    await enqueue(tx, TellOfStream(event.stream_id, event.owner_id))


async def tell_followers(database: Database, job: TellOfStream) -> None:
    """Tell some hundreds at a time. Running twice, it tells those whom it didn't reach before."""
    cause = Cause(job.owner_id, Kind.WENT_LIVE, job.stream_id, stream_id=job.stream_id)
    after = None
    while True:
        async with database.transaction() as tx:
            followers = await relations.list_followers(tx, job.owner_id, after)
            if not followers or not await queries.lock_thing(tx, "streams", job.stream_id):
                return
            await tell(tx, cause, [each.user_id for each in followers])
        after = followers[-1]


async def order_recount_of_actors(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts leave out a suspended member, or count them again."""
    await enqueue(tx, RecountActors(event.user_id))


async def recount_actors(database: Database, job: RecountActors) -> None:
    """Leave a suspended member out of the counts of those who did something, or count them again.

    They aren't named from the first moment on. It may run twice, beside another and late, as
    `recount_in_parts` says.
    """
    await accounts.recount_in_batches(database, job.actor_id, hide_actor)


async def sweep_notifications(database: Database) -> None:
    """Forget what is old, and of each member what is more than we keep."""
    too_old = now() - rules.KEPT_FOR
    deleted = rules.SWEPT_AT_ONCE
    while deleted == rules.SWEPT_AT_ONCE:
        async with database.transaction() as tx:
            deleted = await queries.delete_old(tx, too_old, at_once=rules.SWEPT_AT_ONCE)
    after: UserId | None = UserId(LOWEST_ID)
    while after is not None:
        async with database.transaction() as tx:
            after = await queries.delete_beyond(tx, after, keep=rules.MAX_KEPT)
