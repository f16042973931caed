"""Staff lists notices and decides on them: each is decided once."""

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, required
from veza.core.ids import CopyrightNoticeId, TakedownId, UserId
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.moderation.copyright import rules
from veza.domains.moderation.copyright.errors import NoCounterWaits, NoticeNotFound
from veza.domains.moderation.copyright.models.decisions import (
    AdminNotice,
    AdminNoticePage,
    NoticeDecision,
    NoticeOutcome,
    NoticeQuery,
    RegisterPart,
    StoredDecision,
)
from veza.domains.moderation.copyright.models.notices import (
    CopyrightSettings,
    NoticeMail,
    NoticeStatus,
    SendNoticeMail,
    StoredItem,
)
from veza.domains.moderation.copyright.queries import counters, listed
from veza.domains.moderation.copyright.queries import notices as queries
from veza.domains.moderation.copyright.service.counters import release_items
from veza.domains.moderation.copyright.service.notices import CopyrightContext, find_takedown
from veza.domains.moderation.reports.errors import ContentNotFound
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns import shared_queries as takedown_queries
from veza.domains.moderation.takedowns.errors import AlreadyTakenDown
from veza.domains.moderation.takedowns.models import TakedownForm
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

# The register is read in so many parts at most.
REGISTER_PARTS = 200
_ROWS_AT_ONCE = 500


async def list_notices(
    conn: Conn, settings: CopyrightSettings, query: NoticeQuery, staff: Member
) -> AdminNoticePage:
    """Return a page of notices, newest first, without those that name something of staff's own."""
    found = await listed.list_notices(conn, settings, query, staff.actor_id)
    shown, following = cut(found, query.limit, lambda each: Cursor(each.confirmed_at, each.id))
    return AdminNoticePage(shown, following, following is not None)


async def show_notice(
    conn: Conn, settings: CopyrightSettings, notice_id: CopyrightNoticeId, staff: Member
) -> AdminNotice:
    """Return a notice to somebody of staff. Raises NoticeNotFound and OwnItem."""
    rules.ensure_not_own(await queries.list_items(conn, notice_id, staff.actor_id))
    return await get_notice(conn, settings, notice_id)


async def get_notice(
    conn: Conn, settings: CopyrightSettings, notice_id: CopyrightNoticeId
) -> AdminNotice:
    """Return a notice as staff sees it. Raises NoticeNotFound."""
    return required(await listed.find_notice(conn, settings, notice_id), NoticeNotFound)


async def read_register(conn: Conn, after: Cursor | None, staff: Member) -> RegisterPart:
    """Return the next rows of the register. Call it up to `REGISTER_PARTS` times."""
    found = await listed.list_registered(conn, _ROWS_AT_ONCE, after, staff.actor_id)
    last = Cursor(found[-1].confirmed_at, found[-1].id) if found else after
    return RegisterPart(rules.write_register(found), last, len(found) == _ROWS_AT_ONCE)


async def decide(
    tx: Tx,
    context: CopyrightContext,
    notice_id: CopyrightNoticeId,
    *,
    staff: Member,
    decision: NoticeDecision,
) -> AdminNotice:
    """Uphold or reject a notice, or note a claim, after which nothing comes back by itself.

    Raises Invalid, NoticeNotFound, NoticeDecided, NoCounterWaits and OwnItem.
    """
    notice = required(await queries.lock_notice(tx, notice_id), NoticeNotFound)
    rules.ensure_confirmed(notice)
    await member_accounts.lock_account(tx, staff.id)
    if decision.outcome is not NoticeOutcome.CLAIM_FILED:
        rules.ensure_undecided(notice)
    rules.ensure_not_own(await queries.list_items(tx, notice_id, staff.actor_id))
    match decision.outcome:
        case NoticeOutcome.UPHOLD:
            await _uphold(tx, context, notice_id, staff=staff, decision=decision)
        case NoticeOutcome.REJECT:
            await _reject(tx, context, notice_id, staff=staff, decision=decision)
        case NoticeOutcome.CLAIM_FILED:
            await _note_claim(tx, notice_id, staff, decision)
    return await get_notice(tx, context.settings, notice_id)


async def _uphold(
    tx: Tx,
    context: CopyrightContext,
    notice_id: CopyrightNoticeId,
    *,
    staff: Member,
    decision: NoticeDecision,
) -> None:
    reason = require_text(decision.reason, "reason", "Enter a reason: the owner receives it.")
    decided = StoredDecision(NoticeStatus.UPHELD, reason, decision.note.strip(), staff.id)
    await queries.update_decided(tx, notice_id, decided)
    for item in await queries.list_items(tx, notice_id):
        if item.content_id is None or item.owner_id is None:
            continue
        form = rules.describe_takedown(item, reason, notice_id, decided.note)
        takedown_id = await _take_down(tx, context, item, staff=staff, form=form)
        if takedown_id is not None:
            await queries.update_takedown(tx, notice_id, item.position, takedown_id)
    await enqueue(tx, SendNoticeMail(notice_id, NoticeMail.UPHELD))


async def _reject(
    tx: Tx,
    context: CopyrightContext,
    notice_id: CopyrightNoticeId,
    *,
    staff: Member,
    decision: NoticeDecision,
) -> None:
    reason = require_text(decision.reason, "reason", "Enter a reason: the sender receives it.")
    decided = StoredDecision(NoticeStatus.REJECTED, reason, decision.note.strip(), staff.id)
    await queries.update_decided(tx, notice_id, decided)
    await release_items(tx, context.takedowns, notice_id, staff=staff)
    await enqueue(tx, SendNoticeMail(notice_id, NoticeMail.REJECTED))


async def _note_claim(
    tx: Tx, notice_id: CopyrightNoticeId, staff: Member, decision: NoticeDecision
) -> None:
    if decision.owner_id is None:
        message = "Name the owner against whom the claim is."
        raise Invalid(details=[FieldError("owner_id", message, "missing")])
    owner_id = UserId(decision.owner_id)
    if not await counters.update_claim_filed(tx, notice_id, owner_id, staff.id):
        raise NoCounterWaits


async def _take_down(
    tx: Tx,
    context: CopyrightContext,
    item: StoredItem,
    *,
    staff: Member,
    form: TakedownForm,
) -> TakedownId | None:
    """Take an item down, or keep up what hides it for copyright already; return the take-down.

    It is None if the item is hidden for another reason, or was deleted by its owner.
    """
    takedown_id = await find_takedown(tx, item)
    if takedown_id is None:
        try:
            async with tx.savepoint():
                taken = await takedowns.take_down(tx, context.takedowns, staff, form)
        except (AlreadyTakenDown, ContentNotFound):
            return None
        return taken.id
    found = await takedown_queries.find_takedown(tx, takedown_id)
    if found is not None and found.automated:
        await takedowns.confirm(tx, found, staff)
    return takedown_id
