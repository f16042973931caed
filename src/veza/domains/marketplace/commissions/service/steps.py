"""Take a step in a commission: members, the order and the commission are locked in this order."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, required
from veza.core.ids import CommissionEntryId, FileId, OrderItemId, UserId, new_id
from veza.core.normalize import require_text
from veza.domains.cloud.files import service as files
from veza.domains.marketplace.commissions.errors import CommissionNotFound, CommissionPaused
from veza.domains.marketplace.commissions.events import CommissionMoved
from veza.domains.marketplace.commissions.models import (
    CommissionState,
    Decision,
    DecisionForm,
    EntryForm,
    NewEntry,
    Party,
    Step,
    StoredCommission,
)
from veza.domains.marketplace.commissions.queries import entries, records
from veza.domains.marketplace.commissions.rules import states
from veza.domains.marketplace.orders.service import deliveries
from veza.domains.marketplace.refunds.models import PreorderedItem
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx

_CANCELLED = "The service was cancelled."
_DECIDED = "Staff decided that the service is refunded."
_NO_WORDS = "Write something."


async def say(
    tx: Tx, commission_id: OrderItemId, member: Member, step: Step, form: EntryForm
) -> CommissionEntryId:
    """Take a step with words and files: the brief, a message, a delivery, or what is wrong with it.

    Return the id of its entry.

    Raises CommissionNotFound, StepNotAllowed, NoRevisionLeft, CommissionPaused, TooManyEntries,
    TooManyCommissionFiles and FileNotFound.
    """
    words = require_text(form.words, "words", _NO_WORDS)
    commission, party = await _lock_for(tx, commission_id, member, step)
    entry = NewEntry(states.kind_of(step), party, member.id, words)
    entry_id = await _take(tx, commission, step, entry)
    await _attach(tx, entry_id, member, form.file_ids)
    # A party that has written all its messages still takes every other step.
    messages = await entries.count_messages(tx, commission_id, party)
    states.ensure_room(
        messages if step is Step.MESSAGE else 0, await entries.find_usage(tx, commission_id, party)
    )
    return entry_id


async def accept(tx: Tx, commission_id: OrderItemId, member: Member) -> None:
    """Accept a delivery: the seller is paid. Raises the errors of `say`."""
    commission, party = await _lock_for(tx, commission_id, member, Step.ACCEPT)
    entry = NewEntry(states.kind_of(Step.ACCEPT), party, member.id)
    await _take(tx, commission, Step.ACCEPT, entry)


async def cancel(
    tx: Tx, commission_id: OrderItemId, member: Member, words: str
) -> CommissionEntryId:
    """Cancel a commission, or ask the seller to, if the buyer can't alone. Raises as `say` does.

    Return the id of its entry.
    """
    reason = require_text(words, "words", _NO_WORDS)
    commission, party = await _lock(tx, commission_id, member)
    steps = states.list_steps(commission, party, now())
    step = Step.ASK_TO_CANCEL if Step.ASK_TO_CANCEL in steps else Step.CANCEL
    states.ensure_allowed(commission, party, step, moment=now())
    entry = NewEntry(states.kind_of(step), party, member.id, reason)
    return await _take(tx, commission, step, entry)


async def decide(tx: Tx, commission_id: OrderItemId, admin: Member, form: DecisionForm) -> None:
    """Decide a dispute: the seller is paid, or the buyer gets the money back.

    Raises OwnCommission, and the errors of `say`.
    """
    words = require_text(form.words, "words", _NO_WORDS)
    commission, party = await _lock_for(tx, commission_id, admin, Step.DECIDE)
    has_interest = await records.has_interest(tx, commission_id, admin.id)
    states.ensure_impartial(party, has_interest=has_interest)
    entry = NewEntry(states.kind_of(Step.DECIDE), party, admin.id, words)
    step = Step.ACCEPT if form.outcome is Decision.ACCEPT else Step.CANCEL
    await _take(tx, commission, step, entry)


async def expire(tx: Tx, commission_id: OrderItemId) -> bool:
    """Take the step that is due by time-out; return False if none is due."""
    commission = await lock_alone(tx, commission_id)
    step = None if commission is None else states.find_timeout(commission, now())
    if commission is None or step is None:
        return False
    if step is Step.CANCEL:
        commission = states.postpone(commission, now())
    await _take(tx, commission, step, NewEntry(states.kind_of(step)))
    return True


async def leave(tx: Tx, commission_id: OrderItemId, user_id: UserId) -> None:
    """End a commission of which a party is erased, unless it is disputed."""
    commission = await lock_alone(tx, commission_id)
    if commission is None:
        return
    party = Party.SELLER if commission.seller_id == user_id else Party.BUYER
    step = states.leave(commission, party)
    if step is not None:
        await _take(tx, commission, step, NewEntry(states.kind_of(step)))


async def _lock(
    tx: Tx, commission_id: OrderItemId, member: Member
) -> tuple[StoredCommission, Party]:
    """Lock a commission; return it, and the party that a member is. Raises CommissionNotFound."""
    found = required(await records.find_commission(tx, commission_id), CommissionNotFound)
    states.party_of(found, member)
    locked = required(await _lock_found(tx, found), CommissionNotFound)
    return locked, states.party_of(locked, member)


async def lock_alone(tx: Tx, commission_id: OrderItemId) -> StoredCommission | None:
    """Lock a commission without a member: for time-outs, refunds and erasure."""
    found = await records.find_commission(tx, commission_id)
    return None if found is None else await _lock_found(tx, found)


async def add_entry(tx: Tx, commission: CommissionState, entry: NewEntry) -> CommissionEntryId:
    """Store what happened to a locked commission, and announce it to who did not do it."""
    entry_id = CommissionEntryId(new_id())
    await entries.insert_entry(tx, entry_id, commission.id, entry)
    told = states.list_told(commission, entry.party)
    await emit(tx, CommissionMoved(commission.id, entry.kind, told))
    return entry_id


async def _lock_for(
    tx: Tx, commission_id: OrderItemId, member: Member, step: Step
) -> tuple[StoredCommission, Party]:
    commission, party = await _lock(tx, commission_id, member)
    states.ensure_allowed(commission, party, step, moment=now())
    return commission, party


async def _lock_found(tx: Tx, found: CommissionState) -> StoredCommission | None:
    parties = [each for each in (found.buyer_id, found.seller_id) if each is not None]
    await records.lock_parties(tx, parties)
    await deliveries.lock(tx, found.order_id)
    return await records.lock_commission(tx, found.id)


async def _take(
    tx: Tx, commission: StoredCommission, step: Step, entry: NewEntry
) -> CommissionEntryId:
    """Take an allowed step, with what it does to the money. Raises CommissionPaused."""
    moved = states.move(commission, step, now())
    await records.update_commission(tx, moved)
    entry_id = await add_entry(tx, commission, entry)
    if step is Step.ACCEPT:
        await deliveries.deliver_service(tx, commission.order_id, commission.id)
    if step is Step.CANCEL and commission.is_free:
        await deliveries.return_free(tx, commission.order_id, commission.id)
    elif step is Step.CANCEL:
        line = PreorderedItem(commission.id, commission.order_id)
        reason = _DECIDED if entry.party is Party.STAFF else _CANCELLED
        if not await requested_refunds.refund_line(
            tx, line, requested_by=entry.author_id, reason=reason
        ):
            # Another line of the order is disputed at a bank, or this one is refunded.
            raise CommissionPaused
    return entry_id


async def _attach(
    tx: Tx, entry_id: CommissionEntryId, owner: Member, file_ids: Sequence[FileId]
) -> None:
    if len(set(file_ids)) < len(file_ids):
        raise Invalid(details=[FieldError("file_ids", "Send each file once.", "repeated")])
    # Whoever sends the same files in another order locks them in this one.
    sent = {each: await files.create_file_snapshot(tx, each, owner) for each in sorted(file_ids)}
    if sent:
        await entries.insert_files(tx, entry_id, [sent[each] for each in file_ids])
