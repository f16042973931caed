"""What one can do with transfers: have them follow what is due, settle them, try them again."""

import asyncio
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from msgspec import Struct, structs

from veza.core.ids import OrderId, ReversalId, TransferId, UserId, new_id
from veza.core.money_mode import MoneyMode, mode_of
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import Posting, PostingKind
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts import queries, rules
from veza.domains.marketplace.payouts.errors import TransferNotFailed, TransferNotFound
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.payouts.models import (
    Action,
    Call,
    Done,
    Drop,
    FindOut,
    Finish,
    LockedTransfer,
    NewPart,
    NotFound,
    Outcome,
    Pay,
    Refused,
    Rest,
    RetriedTransfer,
    ReversalStatus,
    SettleTransfer,
    Split,
    StoredReversal,
    StoredTransfer,
    TakeBack,
    TransferPage,
    TransferQuery,
    TransferStatus,
    Unknown,
    Unnet,
)
from veza.domains.marketplace.sellers import service as sellers
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx

# How often whoever tries again looks for the outcome: for five seconds in all.
RETRY_POLLS = 50
_POLL_S = 0.1
_AT_ONCE = timedelta(0)
_RANDOM = secrets.SystemRandom()


async def follow(tx: Tx, order_id: OrderId) -> None:
    """Have what sellers get for an order be what is due to them now, whatever was known before."""
    dues = [due for due in await settlement.list_amounts_due(tx, order_id) if due.due_cents > 0]
    ids = [TransferId(new_id()) for _ in dues]
    await queries.insert_transfers(tx, order_id, ids=ids, dues=dues)
    # Whoever does the same at once waits here, and looks after that at what is due.
    await queries.lock_transfers_of(tx, order_id)
    transfers = await queries.list_transfers_of(tx, order_id)
    for due in await settlement.list_amounts_due(tx, order_id):
        parts = [one for one in transfers if one.seller_subject == due.seller_subject]
        spread = rules.spread([part.due_cents for part in parts], due.due_cents)
        for part, due_cents in zip(parts, spread, strict=True):
            await queries.update_due(tx, rules.with_due(part, due_cents, due.fee_cents))
            await _order(tx, part.id)


async def resume(tx: Tx, seller_id: UserId) -> None:
    """Pay a seller who can be paid from now on what waited for that, or failed for it."""
    for transfer_id in await queries.update_resumed(tx, seller_id):
        await _order(tx, transfer_id)


async def order_due(tx: Tx, modes: Collection[MoneyMode]) -> None:
    """Have those of some modes be settled whose time has come, some at a time."""
    for transfer_id in await queries.list_due_transfers(tx, modes):
        await _order(tx, transfer_id)


async def put_off(tx: Tx, transfer_id: TransferId) -> None:
    """Have nobody touch a transfer for a long while."""
    transfer = await queries.lock_transfer(tx, transfer_id)
    if transfer is not None and transfer.next_retry_at is not None:
        await queries.update_transfer(tx, transfer, rules.LONG_PAUSE)


async def retry(tx: Tx, transfer_id: TransferId, retry_id: UUID) -> None:
    """Try what failed again, as often as at first. The same order, sent again, changes nothing."""
    transfer = await queries.lock_transfer(tx, transfer_id)
    if transfer is None:
        raise TransferNotFound
    if transfer.retry_id == retry_id:
        return
    if transfer.status is not TransferStatus.FAILED:
        raise TransferNotFailed
    await queries.update_transfer(tx, rules.begun_anew(transfer, retry_id), _AT_ONCE)
    await _order(tx, transfer_id)


async def retry_soon(
    database: Database, transfer_id: TransferId, retry_id: UUID
) -> RetriedTransfer:
    """Try what failed again; tell how it stands once that is known, or after some seconds."""
    async with database.transaction() as tx:
        await retry(tx, transfer_id, retry_id)
    for _ in range(RETRY_POLLS):
        if not rules.is_awaited(await _get(database, transfer_id)):
            break
        await asyncio.sleep(_POLL_S)
    return rules.show_retried(await _get(database, transfer_id))


async def list_transfers(conn: Conn, wish: TransferQuery) -> TransferPage:
    """List transfers, newest first, and tell how many there are in all."""
    found = [rules.show_transfer(one) for one in await queries.list_transfers(conn, wish)]
    return TransferPage(found, await queries.count_transfers(conn, wish))


async def find_mode(conn: Conn, transfer_id: TransferId) -> MoneyMode | None:
    """Return the mode of a transfer, by which its payout provider is chosen."""
    return await queries.find_mode(conn, transfer_id)


async def find_doubtful_account(conn: Conn, transfer_id: TransferId, provider: str) -> str | None:
    """Give the account that keeps a transfer waiting whose time has come, if one does."""
    return await queries.find_doubtful_account(conn, transfer_id, provider)


async def begin(tx: Tx, transfer_id: TransferId, provider: str) -> Call | None:
    """Write down, and give, what a company is asked next; None where there is nothing for now.

    From then on nobody else touches the transfer for `rules.LEASE`. `provider` is of the
    transfer's mode: the database refuses any other.
    """
    transfer = await queries.lock_transfer(tx, transfer_id)
    if transfer is None or not transfer.is_free:
        return None
    assert mode_of(provider) is transfer.mode, (transfer_id, provider)
    reversal = await queries.find_open_reversal(tx, transfer_id)
    step = rules.next_step(transfer, reversal)
    if isinstance(step, Drop | Unnet | Split):
        await _keep_books(tx, transfer, reversal, step)
        return await begin(tx, transfer_id, provider)
    if isinstance(step, Pay):
        payee = await _find_payee(tx, transfer, provider)
        return None if payee is None else await _pay(tx, payee, step.amount_cents)
    return await _go_on(tx, transfer, reversal, step=step, provider=provider)


async def end(tx: Tx, call: Call, outcome: Outcome) -> None:
    """Write down what came of a call, with the posting, unless somebody found it out before."""
    transfer = await queries.lock_transfer(tx, call.transfer_id)
    assert transfer is not None
    if call.action in {Action.PAY, Action.LOOK}:
        if transfer.key_used_at is not None and transfer.key_number == call.key_number:
            await _end_payment(tx, transfer, outcome)
        return
    reversal = await queries.find_open_reversal(tx, call.transfer_id)
    if reversal is not None and (reversal.id, reversal.key_number, reversal.status) == (
        call.movement_id,
        call.key_number,
        ReversalStatus.PROCESSING,
    ):
        await _end_reversal(tx, transfer, reversal, outcome)


async def _go_on(
    tx: Tx,
    transfer: LockedTransfer,
    reversal: StoredReversal | None,
    *,
    step: Rest | Finish | TakeBack | FindOut,
    provider: str,
) -> Call | None:
    """Take a step with what was begun."""
    match step:
        case TakeBack() | FindOut() if transfer.provider != provider:
            # Those who run the server chose another company: what one began waits for that one.
            await queries.update_transfer(tx, transfer, rules.LONG_PAUSE)
        case TakeBack(amount_cents):
            return await _take_back(tx, transfer, reversal, amount_cents)
        case FindOut():
            return await _find_out(tx, transfer, reversal)
        case Finish():
            await queries.update_transfer(tx, rules.finished(transfer), None)
        case Rest():
            await queries.update_transfer(tx, transfer, None)
    return None


async def _find_payee(tx: Tx, transfer: LockedTransfer, provider: str) -> LockedTransfer | None:
    """Say where a seller is paid; where they can't be, the transfer waits until they can."""
    seller_id = transfer.seller_id
    account = None
    if seller_id is not None:
        account = await sellers.find_payout_account(tx, seller_id, transfer.mode)
    if account is not None and rules.is_payable(account, provider):
        return structs.replace(transfer, provider=provider, account_ref=account.account_ref)
    waiting = rules.waiting(transfer, rules.why_unpayable(account, provider))
    await queries.update_transfer(tx, waiting, rules.LONG_PAUSE)
    return None


async def _pay(tx: Tx, transfer: LockedTransfer, open_cents: int) -> Call | None:
    """Pay what is due, less what the seller owes; later, where the books don't have it yet."""
    seller, currency, mode = transfer.seller_subject, transfer.currency, transfer.mode
    # From here on nobody else decides what this seller gets.
    earned_cents = await ledger.lock_earned(tx, seller, currency, mode=mode)
    earned_cents -= await queries.sum_under_way(tx, seller, currency, mode=mode)
    debt_cents = await queries.sum_debts(tx, seller, currency, mode=mode)
    amount_cents, kept_cents = rules.keep_back(open_cents, debt_cents)
    netted = structs.replace(transfer, netted_cents=transfer.netted_cents + kept_cents)
    if amount_cents == 0:
        await queries.update_transfer(tx, rules.finished(netted), None)
        return None
    if amount_cents > earned_cents:
        # A refund is in the books, and comes to be known here in a moment, or is being taken back.
        waiting = rules.waiting(netted, rules.UNSETTLED)
        await queries.update_transfer(tx, waiting, rules.PATIENCE)
        return None
    paying = rules.paying(netted, amount_cents, transfer.moment)
    await queries.update_transfer(tx, paying, rules.LEASE)
    return rules.call_for(Action.PAY, paying, None)


async def _keep_books(
    tx: Tx, transfer: LockedTransfer, reversal: StoredReversal | None, step: Drop | Unnet | Split
) -> None:
    """Do what needs no company."""
    match step:
        case Drop():
            assert reversal is not None
            dropped = structs.replace(reversal, status=ReversalStatus.FAILED, reason=rules.DROPPED)
            await queries.update_reversal(tx, dropped)
        case Unnet(amount_cents):
            await queries.update_transfer(tx, rules.unnetted(transfer, amount_cents), _AT_ONCE)
        case Split(amount_cents):
            changed = structs.replace(transfer, due_cents=transfer.due_cents - amount_cents)
            await queries.update_transfer(tx, changed, _AT_ONCE)
            part_id = TransferId(new_id())
            await queries.insert_part(tx, part_id, NewPart(transfer.id, amount_cents))
            await _order(tx, part_id)


async def _take_back(
    tx: Tx, transfer: LockedTransfer, reversal: StoredReversal | None, amount_cents: int
) -> Call:
    begun = StoredReversal(
        id=ReversalId(new_id()) if reversal is None else reversal.id,
        transfer_id=transfer.id,
        amount_cents=amount_cents,
        status=ReversalStatus.PROCESSING,
        key_number=1 if reversal is None else reversal.key_number,
        key_used_at=transfer.moment,
    )
    if reversal is None:
        await queries.insert_reversal(tx, begun)
    else:
        await queries.update_reversal(tx, begun)
    await queries.update_transfer(tx, transfer, rules.LEASE)
    return rules.call_for(Action.REVERSE, transfer, begun)


async def _find_out(tx: Tx, transfer: LockedTransfer, reversal: StoredReversal | None) -> Call:
    await queries.update_transfer(tx, transfer, rules.LEASE)
    action = rules.how_to_find_out(transfer, reversal, transfer.moment)
    return rules.call_for(action, transfer, reversal)


async def _end_payment(tx: Tx, transfer: LockedTransfer, outcome: Outcome) -> None:
    match outcome:
        case Done(ref, amount_cents):
            paid = rules.paid(transfer, ref or "", amount_cents)
            await queries.update_transfer(tx, paid, _AT_ONCE)
            entries = rules.write_entries(transfer, amount_cents)
            await ledger.post(tx, Posting(PostingKind.TRANSFER, transfer.id, entries))
            await _announce(tx, _list_news(transfer, paid))
        case Refused():
            refused = rules.refused(transfer, outcome)
            has_failed = refused.status is TransferStatus.FAILED
            await queries.update_transfer(tx, refused, _AT_ONCE if has_failed else _pause(refused))
            await _announce(tx, _list_news(transfer, refused))
        case NotFound() if transfer.status is TransferStatus.FAILED:
            await queries.update_transfer(tx, transfer, None)
        case NotFound():
            # The company has forgotten the key, or never knew it: from now on it counts anew.
            fresh = structs.replace(transfer, key_used_at=transfer.moment)
            await queries.update_transfer(tx, fresh, _AT_ONCE)
        case Unknown():
            silent = rules.unanswered(transfer)
            await queries.update_transfer(tx, silent, _pause(silent))
            await _announce(tx, _list_news(transfer, silent))


async def _end_reversal(
    tx: Tx, transfer: LockedTransfer, reversal: StoredReversal, outcome: Outcome
) -> None:
    match outcome:
        case Done(ref, amount_cents):
            done = structs.replace(
                reversal, status=ReversalStatus.COMPLETED, key_used_at=None, provider_ref=ref
            )
            await queries.update_reversal(tx, done)
            await queries.update_transfer(tx, rules.taken_back(transfer, amount_cents), _AT_ONCE)
            entries = rules.write_entries(transfer, -amount_cents)
            await ledger.post(tx, Posting(PostingKind.REVERSAL, reversal.id, entries))
            if transfer.seller_id is not None:
                seller_id = transfer.seller_id
                news = TransferReversed(transfer.id, transfer.order_id, seller_id, reversal.id)
                await _announce(tx, [news])
        case Refused():
            refused = rules.reversal_refused(transfer, reversal, outcome)
            await queries.update_reversal(tx, refused)
            if refused.status is ReversalStatus.FAILED:
                owed = rules.owed(transfer, refused)
                await queries.update_transfer(tx, owed, _AT_ONCE)
            else:
                tried = structs.replace(transfer, tries=transfer.tries + 1)
                await queries.update_transfer(tx, tried, _pause(tried))
        case NotFound():
            fresh = structs.replace(reversal, key_used_at=transfer.moment)
            await queries.update_reversal(tx, fresh)
            await queries.update_transfer(tx, transfer, _AT_ONCE)
        case Unknown():
            tried = structs.replace(transfer, tries=transfer.tries + 1)
            await queries.update_transfer(tx, tried, _pause(tried))


def _list_news(before: StoredTransfer, after: StoredTransfer) -> list[Struct]:
    """List what a seller is to hear of a payment that ended, or ended in vain."""
    if before.seller_id is None or before.status is after.status:
        return []
    if after.status is TransferStatus.COMPLETED:
        return [TransferCompleted(after.id, after.order_id, before.seller_id)]
    if after.status is TransferStatus.FAILED:
        # Who tries again by hand may fail again, and that is told again.
        failure_id = uuid5(after.id, f"{after.key_number}:{after.retry_count}")
        return [TransferFailed(after.id, after.order_id, before.seller_id, failure_id)]
    return []


async def _announce(tx: Tx, news: Sequence[Struct]) -> None:
    for event in news:
        await emit(tx, event)


async def _get(database: Database, transfer_id: TransferId) -> StoredTransfer:
    async with database.read() as conn:
        found = await queries.find_transfer(conn, transfer_id)
    assert found is not None
    return found


def _pause(transfer: StoredTransfer) -> timedelta:
    return rules.pause_after(transfer.tries, _RANDOM.random())


async def _order(tx: Tx, transfer_id: TransferId) -> None:
    await enqueue(tx, SettleTransfer(transfer_id), key=f"transfer:{transfer_id}")
