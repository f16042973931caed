"""Managers of a profile write, preview, schedule and cancel its broadcasts."""

import math

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Allowance, required
from veza.core.ids import BroadcastId, ProfileId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.profiles import Right
from veza.domains.audiences.service import lock_chosen
from veza.domains.auth.accounts.shared_queries import find_email_verified
from veza.domains.mailings.broadcasts.errors import (
    BroadcastBegun,
    BroadcastNotFound,
    BroadcastOver,
    NoTestAddress,
    TooManyBroadcastDrafts,
    TooManyBroadcasts,
    TooManyTestMails,
)
from veza.domains.mailings.broadcasts.models import (
    BroadcastForm,
    BroadcastPage,
    BroadcastPlan,
    BroadcastPreview,
    BroadcastStatus,
    MailBroadcast,
    SendBroadcast,
    SendBroadcastTest,
)
from veza.domains.mailings.broadcasts.queries import broadcasts as queries
from veza.domains.mailings.broadcasts.rules import limits
from veza.domains.mailings.broadcasts.service import written
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.profiles.errors import ProfileNotFound
from veza.domains.profiles.service.members import ensure_may
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

_ENDED = {BroadcastStatus.SENT, BroadcastStatus.CANCELLED}


async def list_broadcasts(
    conn: Conn, profile_id: ProfileId, member: Member, *, limit: int, cursor: Cursor | None
) -> BroadcastPage:
    """Return a page of the broadcasts of a profile. Raises ProfileNotFound and NotYourProfile."""
    await ensure_may(conn, profile_id, member, Right.MANAGE)
    found = await queries.list_broadcasts(conn, UserId(profile_id), limit=limit, cursor=cursor)
    shown, next_cursor = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    return BroadcastPage(shown, next_cursor, next_cursor is not None)


async def get_broadcast(
    conn: Conn, profile_id: ProfileId, member: Member, broadcast_id: BroadcastId
) -> MailBroadcast:
    """Return a broadcast. Raises ProfileNotFound, NotYourProfile and BroadcastNotFound."""
    await ensure_may(conn, profile_id, member, Right.MANAGE)
    found = await queries.find_broadcast(conn, UserId(profile_id), broadcast_id)
    return required(found, BroadcastNotFound)


async def create(
    tx: Tx, profile_id: ProfileId, member: Member, form: BroadcastForm
) -> MailBroadcast:
    """Create a draft. Raises ProfileNotFound, NotYourProfile and TooManyBroadcastDrafts."""
    await ensure_may(tx, profile_id, member, Right.MANAGE)
    page_id = UserId(profile_id)
    if not await queries.lock_members(tx, page_id, member.actor_id):
        raise ProfileNotFound
    if await queries.count_drafts(tx, page_id) >= limits.MAX_DRAFTS:
        raise TooManyBroadcastDrafts
    await lock_chosen(tx, page_id, form.tier_id)
    broadcast_id = BroadcastId(new_id())
    await queries.insert_broadcast(
        tx,
        broadcast_id,
        limits.clean(form),
        profile_id=page_id,
        author_id=member.actor_id,
    )
    return await get_broadcast(tx, profile_id, member, broadcast_id)


async def change(
    tx: Tx, profile_id: ProfileId, member: Member, broadcast_id: BroadcastId, form: BroadcastForm
) -> MailBroadcast:
    """Change a draft.

    Raises ProfileNotFound, NotYourProfile, BroadcastNotFound and BroadcastBegun.
    """
    await _lock_draft(tx, profile_id, member, broadcast_id)
    await lock_chosen(tx, UserId(profile_id), form.tier_id)
    await queries.update_form(tx, broadcast_id, limits.clean(form))
    return await get_broadcast(tx, profile_id, member, broadcast_id)


async def preview(
    conn: Conn,
    context: BroadcastContext,
    profile_id: ProfileId,
    member: Member,
    broadcast_id: BroadcastId,
) -> BroadcastPreview:
    """Return a broadcast as it arrives.

    Raises ProfileNotFound, NotYourProfile and BroadcastNotFound.
    """
    await get_broadcast(conn, profile_id, member, broadcast_id)
    found = await queries.find_sent(conn, broadcast_id)
    return written.preview(context, required(found, BroadcastNotFound))


async def test(
    tx: Tx,
    context: BroadcastContext,
    profile_id: ProfileId,
    member: Member,
    broadcast_id: BroadcastId,
) -> None:
    """Send a broadcast to the caller's own address.

    Raises ProfileNotFound, NotYourProfile, BroadcastNotFound, NoTestAddress and TooManyTestMails.
    """
    await get_broadcast(tx, profile_id, member, broadcast_id)
    if not await find_email_verified(tx, member.actor_id):
        raise NoTestAddress
    key = f"broadcast-tests:{member.actor_id}"
    window = await context.mailer.counters.add(key, limits.TEST_WINDOW_S)
    if window.count > limits.MAX_TESTS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(limits.MAX_TESTS, limits.TEST_WINDOW_S)
        raise TooManyTestMails(retry_after=wait_s, allowance=allowance)
    await enqueue(tx, SendBroadcastTest(broadcast_id, member.actor_id))


async def send(
    tx: Tx,
    context: BroadcastContext,
    profile_id: ProfileId,
    member: Member,
    plan: BroadcastPlan,
) -> MailBroadcast:
    """Send a draft now, or at a time.

    Raises ProfileNotFound, NotYourProfile, BroadcastNotFound, BroadcastBegun, TooManyBroadcasts,
    and Invalid for a time that is over.
    """
    moment, broadcast_id = now(), plan.broadcast_id
    limits.ensure_moment(plan.send_at, moment)
    await _lock_draft(tx, profile_id, member, broadcast_id)
    send_at = plan.send_at or moment
    await queries.lock_members(tx, UserId(profile_id))
    most = context.settings.per_day
    if most and await queries.count_on_day(tx, UserId(profile_id), send_at) >= most:
        raise TooManyBroadcasts
    await queries.update_scheduled(tx, broadcast_id, send_at)
    if plan.send_at is None:
        await enqueue(tx, SendBroadcast(broadcast_id), key=job_key(broadcast_id))
    return await get_broadcast(tx, profile_id, member, broadcast_id)


async def cancel(tx: Tx, profile_id: ProfileId, member: Member, broadcast_id: BroadcastId) -> None:
    """Delete a draft, or cancel a broadcast: who got it has it, and nobody else gets it.

    Raises ProfileNotFound, NotYourProfile, BroadcastNotFound and BroadcastOver.
    """
    status = await _lock(tx, profile_id, member, broadcast_id)
    if status in _ENDED:
        raise BroadcastOver
    if status is BroadcastStatus.DRAFT:
        await queries.delete_broadcast(tx, broadcast_id)
    else:
        await queries.update_ended(tx, broadcast_id, BroadcastStatus.CANCELLED)


def job_key(broadcast_id: BroadcastId) -> str:
    """Return the key of the job that sends a broadcast: one at a time."""
    return f"broadcast:{broadcast_id}"


async def _lock_draft(
    tx: Tx, profile_id: ProfileId, member: Member, broadcast_id: BroadcastId
) -> None:
    if await _lock(tx, profile_id, member, broadcast_id) is not BroadcastStatus.DRAFT:
        raise BroadcastBegun


async def _lock(
    tx: Tx, profile_id: ProfileId, member: Member, broadcast_id: BroadcastId
) -> BroadcastStatus:
    await ensure_may(tx, profile_id, member, Right.MANAGE)
    found = await queries.lock_broadcast(tx, UserId(profile_id), broadcast_id)
    return required(found, BroadcastNotFound)
