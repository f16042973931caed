"""Decisions without I/O: what a transfer needs next, by which key, and when to try again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import structs

from veza.core.money import write_amount
from veza.core.provider_reasons import clean_reason
from veza.domains.marketplace.ledger.models import Account, AccountKind, Entry
from veza.domains.marketplace.payouts.models import (
    Action,
    Call,
    Drop,
    FindOut,
    Finish,
    LockedTransfer,
    Pay,
    Refused,
    Rest,
    RetriedTransfer,
    ReversalStatus,
    Split,
    Step,
    StoredReversal,
    StoredTransfer,
    TakeBack,
    Transfer,
    TransferStatus,
    Unnet,
)
from veza.domains.marketplace.sellers.models import AccountStatus, PayoutAccountRow

MAX_TRIES = 8
# How often a company that says no for now is asked to take something back. After that it is taken
# from the next sales, which would wait for it all the while.
MAX_REVERSAL_TRIES = 3
# A company remembers a key for a day. After this long we look for what came of it first.
LOOKUP_AFTER = timedelta(hours=20)
# A call takes half a minute at most: whoever began it has ended it, or died.
LEASE = timedelta(minutes=2)
# Until a refund of which the books know already is known here, too.
PATIENCE = timedelta(minutes=1)
# What waits for somebody is woken by them; this is for what nobody foresaw.
LONG_PAUSE = timedelta(days=1)
_FIRST_PAUSE = timedelta(minutes=1)
_LAST_PAUSE = timedelta(hours=12)
_UNDER_WAY = {TransferStatus.PENDING, TransferStatus.PROCESSING}

NOT_CONNECTED = "Connect a payout account to be paid."
NOT_READY = "The payout account can't be paid yet: see what its provider asks for."
DROPPED = "It isn't needed any more."
GIVEN_BACK = "The buyer has the money back: nothing is left to be paid."
UNSETTLED = "It is paid as soon as what is to be taken back of earlier sales is."
UNANSWERED = "The payout provider didn't answer: whether it paid isn't known yet."


def still_due(due_cents: int, transferred_cents: int, reversed_cents: int) -> int:
    """Tell what is yet to be paid; below zero, what is yet to be taken back."""
    return due_cents - (transferred_cents - reversed_cents)


def is_paid(transfer: StoredTransfer) -> bool:
    """Tell whether the company paid it, even if it was taken back later."""
    return transfer.provider_ref is not None


def paid_cents(transfer: StoredTransfer) -> int:
    """Tell what the seller has of it."""
    if not is_paid(transfer):
        return 0
    return (transfer.amount_cents or 0) - transfer.reversed_cents


def open_cents(transfer: StoredTransfer) -> int:
    """Tell what is yet to be paid or to be taken back, by the company or without it."""
    transferred_cents = transfer.amount_cents or 0 if is_paid(transfer) else 0
    due_cents = transfer.due_cents - transfer.netted_cents
    return still_due(due_cents, transferred_cents, transfer.reversed_cents)


def next_step(transfer: StoredTransfer, reversal: StoredReversal | None) -> Step:
    """Tell what a transfer needs next. What isn't known is found out before all else."""
    if transfer.key_used_at is not None or (reversal and reversal.key_used_at is not None):
        return FindOut()
    rest = open_cents(transfer)
    if reversal is not None and min(-rest, paid_cents(transfer)) <= 0:
        return Drop()
    if rest < 0:
        return _take_back(transfer, -rest)
    if rest > 0:
        return _pay(transfer, rest)
    is_over = is_paid(transfer) or transfer.status is TransferStatus.COMPLETED
    return Rest() if is_over else Finish()


def _take_back(transfer: StoredTransfer, excess_cents: int) -> Step:
    if transfer.netted_cents > 0:
        return Unnet(min(excess_cents, transfer.netted_cents))
    return TakeBack(min(excess_cents, paid_cents(transfer)))


def _pay(transfer: StoredTransfer, open_cents: int) -> Step:
    if is_paid(transfer):
        return Split(open_cents)
    return Rest() if transfer.status is TransferStatus.FAILED else Pay(open_cents)


def is_payable(account: PayoutAccountRow, provider: str) -> bool:
    """Tell whether a company can pay a seller."""
    return account.provider == provider and account.status is AccountStatus.CONNECTED


def why_unpayable(account: PayoutAccountRow | None, provider: str) -> str:
    """Say to a seller why they can't be paid."""
    if account is None or account.provider != provider:
        return NOT_CONNECTED
    if account.status is AccountStatus.ONBOARDING or not account.reason:
        return NOT_READY
    return clean_reason(f"{NOT_READY} The payout provider says: {account.reason}")


def keep_back(open_cents: int, debt_cents: int) -> tuple[int, int]:
    """Divide what is due to a seller who owes something: what is paid, and what is kept back."""
    kept_cents = min(open_cents, max(debt_cents, 0))
    return open_cents - kept_cents, kept_cents


def how_to_find_out(
    transfer: StoredTransfer, reversal: StoredReversal | None, moment: datetime
) -> Action:
    """Tell how to find out what came of a call.

    It is repeated under the same key, which does nothing a second time, while the company is sure
    to remember it; later it is looked for. What failed is looked for only: it is paid again when
    somebody says so.
    """
    if transfer.key_used_at is not None:
        has_failed = transfer.status is TransferStatus.FAILED
        is_old = moment - transfer.key_used_at >= LOOKUP_AFTER
        return Action.LOOK if has_failed or is_old else Action.PAY
    assert reversal is not None
    assert reversal.key_used_at is not None
    is_old = moment - reversal.key_used_at >= LOOKUP_AFTER
    return Action.LOOK_REVERSED if is_old else Action.REVERSE


def pause_after(tries: int, drawn: float) -> timedelta:
    """Tell how long to wait after so many tries in vain; `drawn` from 0 to 1 spreads them."""
    pause = min(_FIRST_PAUSE * 3 ** (min(tries, MAX_TRIES) - 1), _LAST_PAUSE)
    return pause * (0.5 + drawn / 2)


def with_due(transfer: StoredTransfer, due_cents: int, fee_cents: int) -> StoredTransfer:
    """Have another sum be due. What was paid keeps the fee that it had."""
    is_whole = transfer.part == 1 and transfer.amount_cents is None
    fee_cents = fee_cents if is_whole else transfer.platform_fee_cents
    return structs.replace(transfer, due_cents=due_cents, platform_fee_cents=fee_cents)


def waiting(transfer: StoredTransfer, reason: str) -> StoredTransfer:
    """Have a transfer wait until it can be paid."""
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING,
        amount_cents=None,
        reason=reason,
        completed_at=None,
    )


def paying[T: StoredTransfer](transfer: T, amount_cents: int, moment: datetime) -> T:
    """Have a transfer be paid: from now on it isn't known whether it is."""
    return structs.replace(
        transfer,
        status=TransferStatus.PROCESSING,
        amount_cents=amount_cents,
        key_used_at=moment,
        reason=None,
        completed_at=None,
    )


def paid(transfer: LockedTransfer, ref: str, amount_cents: int) -> StoredTransfer:
    """Have a transfer be paid for good."""
    return structs.replace(
        transfer,
        status=TransferStatus.COMPLETED,
        amount_cents=amount_cents,
        key_used_at=None,
        provider_ref=ref,
        tries=0,
        reason=explain(transfer),
        completed_at=transfer.moment,
    )


def finished(transfer: LockedTransfer) -> StoredTransfer:
    """Have a transfer be over of which nothing is left to be paid."""
    return structs.replace(
        transfer,
        status=TransferStatus.COMPLETED,
        amount_cents=0,
        tries=0,
        reason=explain(transfer) or GIVEN_BACK,
        completed_at=transfer.moment,
    )


def refused(transfer: StoredTransfer, refusal: Refused) -> StoredTransfer:
    """Have a transfer be refused: what is asked next has another key."""
    tries = transfer.tries + 1
    goes_on = refusal.is_passing and tries < MAX_TRIES
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING if goes_on else TransferStatus.FAILED,
        amount_cents=None,
        key_number=transfer.key_number + 1,
        key_used_at=None,
        tries=tries,
        retry_count=count_retries(transfer),
        reason=refusal.reason,
    )


def unanswered(transfer: StoredTransfer) -> StoredTransfer:
    """Have a transfer stay without an answer: what is asked next has the same key."""
    tries = transfer.tries + 1
    return structs.replace(
        transfer,
        status=TransferStatus.PROCESSING if tries < MAX_TRIES else TransferStatus.FAILED,
        tries=tries,
        retry_count=count_retries(transfer),
        reason=UNANSWERED,
    )


def begun_anew(transfer: StoredTransfer, retry_id: UUID) -> StoredTransfer:
    """Have a transfer that failed be tried again, as often as at first."""
    is_known = transfer.key_used_at is None
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING if is_known else TransferStatus.PROCESSING,
        tries=0,
        retry_count=transfer.retry_count + 1,
        retry_id=retry_id,
        reason=None,
    )


def count_retries(transfer: StoredTransfer) -> int:
    """Count a try in vain. An admin's was counted as it was ordered."""
    is_ordered = transfer.tries == 0 and transfer.retry_count > 0
    return transfer.retry_count + (0 if is_ordered else 1)


def taken_back(transfer: StoredTransfer, amount_cents: int) -> StoredTransfer:
    """Have a part of what was paid, or all of it, be taken back."""
    reversed_cents = transfer.reversed_cents + amount_cents
    is_whole = reversed_cents == transfer.amount_cents
    less = structs.replace(
        transfer,
        status=TransferStatus.REVERSED if is_whole else TransferStatus.COMPLETED,
        reversed_cents=reversed_cents,
        tries=0,
    )
    return structs.replace(less, reason=explain(less))


def reversal_refused(
    transfer: StoredTransfer, reversal: StoredReversal, refusal: Refused
) -> StoredReversal:
    """Have a reversal be refused: what is asked next has another key."""
    goes_on = refusal.is_passing and transfer.tries + 1 < MAX_REVERSAL_TRIES
    return structs.replace(
        reversal,
        status=ReversalStatus.PENDING if goes_on else ReversalStatus.FAILED,
        key_number=reversal.key_number + 1,
        key_used_at=None,
        reason=refusal.reason,
    )


def owed(transfer: StoredTransfer, reversal: StoredReversal) -> StoredTransfer:
    """Have what couldn't be taken back be owed by the seller."""
    netted_cents = transfer.netted_cents - reversal.amount_cents
    owing = structs.replace(transfer, netted_cents=netted_cents, tries=0)
    reason = f"{explain(owing)} The payout provider says: {reversal.reason}"
    return structs.replace(owing, reason=clean_reason(reason))


def unnetted(transfer: StoredTransfer, amount_cents: int) -> StoredTransfer:
    """Have less be kept back than was."""
    more = structs.replace(transfer, netted_cents=transfer.netted_cents - amount_cents)
    return structs.replace(more, reason=explain(more)) if is_paid(more) else more


def explain(transfer: StoredTransfer) -> str | None:
    """Say why a transfer isn't paid whole, if it isn't."""
    netted_cents, reversed_cents = transfer.netted_cents, transfer.reversed_cents
    parts = [
        (netted_cents, "were kept back for earlier refunds"),
        (reversed_cents, "were taken back for a refund or a disputed payment"),
        (-netted_cents, "are kept back from the next sales"),
    ]
    said = [
        f"{write_amount(cents, transfer.currency)} {what}." for cents, what in parts if cents > 0
    ]
    return " ".join(said) or None


def call_for(action: Action, transfer: StoredTransfer, reversal: StoredReversal | None) -> Call:
    """Say what the company is asked."""
    is_payment = action in {Action.PAY, Action.LOOK}
    movement = transfer if is_payment else reversal
    assert movement is not None
    assert movement.amount_cents is not None
    return Call(
        action=action,
        transfer_id=transfer.id,
        order_id=transfer.order_id,
        movement_id=movement.id,
        key_number=movement.key_number,
        account_ref=transfer.account_ref or "",
        transfer_ref=transfer.provider_ref or "",
        amount_cents=movement.amount_cents,
        currency=transfer.currency,
        known_reversed_cents=transfer.reversed_cents,
    )


def spread(dues: Sequence[int], total_cents: int) -> list[int]:
    """Spread what is due for an order over the parts in which it is paid: the last one changes.

    Where less is due than the last part had, those before it have less, too.
    """
    spread_dues = list(dues)
    missing_cents = total_cents - sum(dues)
    for place in reversed(range(len(dues))):
        spread_dues[place] = max(0, dues[place] + missing_cents)
        missing_cents -= spread_dues[place] - dues[place]
    return spread_dues


def show_transfer(transfer: StoredTransfer) -> Transfer:
    """Show a transfer to its seller, and to admins."""
    amount_cents = transfer.amount_cents
    return Transfer(
        id=transfer.id,
        seller_id=transfer.seller_id,
        order_id=transfer.order_id,
        # Of what was kept back more may be due again than is due by now.
        amount_cents=max(open_cents(transfer), 0) if amount_cents is None else amount_cents,
        reversed_cents=transfer.reversed_cents,
        platform_fee_cents=transfer.platform_fee_cents,
        currency=transfer.currency,
        mode=transfer.mode,
        status=transfer.status,
        retry_count=transfer.retry_count,
        next_retry_at=transfer.next_retry_at if is_tried_again(transfer) else None,
        reason=transfer.reason,
        created_at=transfer.created_at,
        completed_at=transfer.completed_at,
    )


def show_retried(transfer: StoredTransfer) -> RetriedTransfer:
    """Show how a transfer stands that was tried again."""
    shown = show_transfer(transfer)
    return RetriedTransfer(
        shown.id, shown.status, shown.retry_count, shown.next_retry_at, shown.reason
    )


def is_awaited(transfer: StoredTransfer) -> bool:
    """Tell whether a transfer is about to be paid: not tried in vain, and waiting for nobody."""
    return transfer.status in _UNDER_WAY and transfer.tries == 0 and transfer.reason is None


def is_tried_again(transfer: StoredTransfer) -> bool:
    """Tell whether a transfer was tried in vain, and will be tried again by itself."""
    return transfer.status in _UNDER_WAY and transfer.tries > 0


def write_entries(transfer: StoredTransfer, amount_cents: int) -> list[Entry]:
    """Give what moves as a seller is paid: out of what buyers paid in. Below zero it goes back."""
    currency, mode, subject = transfer.currency, transfer.mode, transfer.seller_subject
    earned = Account(AccountKind.EARNED, currency, mode, subject)
    paid = Account(AccountKind.PAID, currency, mode, subject)
    payments = Account(AccountKind.PAYMENTS, currency, mode, provider=transfer.payment_provider)
    payouts = Account(AccountKind.PAYOUTS, currency, mode, provider=transfer.provider)
    return [
        Entry(earned, -amount_cents),
        Entry(paid, amount_cents),
        Entry(payments, amount_cents),
        Entry(payouts, -amount_cents),
    ]
