"""Paying sellers, and taking back: a step at a time, so that whatever fails, nobody is paid twice.

A step writes down what the company will be asked, in a transaction; asks; and writes what came of
it, with the posting, in another. Whoever dies in between leaves a key, under which the next one
finds out what came of it.
"""

import asyncio

import structlog

from veza.core.errors import Unavailable
from veza.core.provider_reasons import clean_reason
from veza.domains.marketplace.orders.events import OrderDisputed, OrderPaid, OrderRefunded
from veza.domains.marketplace.payouts import service
from veza.domains.marketplace.payouts.models import (
    Action,
    Call,
    Done,
    NotFound,
    Outcome,
    Refused,
    SettleTransfer,
    Unknown,
)
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutProvider,
    PayoutsByMode,
    ReversalRequest,
    TransferRequest,
)
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

CALL_TIMEOUT_S = 30
# Far more than one transfer needs; whatever is left is found by the clock.
_MAX_STEPS = 20


async def follow_order(tx: Tx, event: OrderPaid | OrderRefunded | OrderDisputed) -> None:
    """Have sellers be paid what is due to them now, or have it taken back."""
    await service.follow(tx, event.order_id)


async def pay_connected(tx: Tx, event: SellerConnected) -> None:
    """Pay a seller what waited for that, or failed for it."""
    await service.resume(tx, event.user_id)


async def retry_transfers(database: Database, providers: PayoutsByMode) -> None:
    """Have all transfers be settled whose time has come, whatever became of their jobs.

    Those of a mode without a payout provider stay due: they go on once there is one again.
    """
    async with database.transaction() as tx:
        await service.order_due(tx, providers)


async def settle_transfer(
    database: Database, providers: PayoutsByMode, job: SettleTransfer
) -> None:
    """Have a seller be paid what is due, or have it taken back what isn't any more.

    The payout provider is the one of the transfer's mode, whatever the settings are now: this is
    the only place where one is chosen. Without one nothing is done.

    May run twice, and twice at once: who is at it is written down, and what the company was asked
    is asked again under the same key.
    """
    async with database.read() as conn:
        mode = await service.find_mode(conn, job.transfer_id)
    payouts = None if mode is None else providers.get(mode)
    if payouts is None:
        log.info("transfer_without_provider", transfer=str(job.transfer_id), mode=mode)
        return
    await _learn_doubtful(database, payouts, job)
    for _ in range(_MAX_STEPS):
        async with database.transaction() as tx:
            call = await service.begin(tx, job.transfer_id, payouts.name)
        if call is None:
            return
        outcome = await _ask(payouts, call)
        async with database.transaction() as tx:
            await service.end(tx, call, outcome)
        if call.action is Action.PAY and isinstance(outcome, Refused) and not outcome.is_passing:
            await _learn_account(database, payouts, call.account_ref)


async def put_off_transfer(database: Database, job: SettleTransfer) -> None:
    """Leave a transfer alone for a day whose job is held, for people to look at."""
    async with database.transaction() as tx:
        await service.put_off(tx, job.transfer_id)


async def _learn_doubtful(database: Database, payouts: PayoutProvider, job: SettleTransfer) -> None:
    """Ask once more of a seller who can't be paid by what we know: it may have got lost."""
    async with database.read() as conn:
        account_ref = await service.find_doubtful_account(conn, job.transfer_id, payouts.name)
    if account_ref is not None:
        await _learn_account(database, payouts, account_ref)


async def _learn_account(database: Database, payouts: PayoutProvider, account_ref: str) -> None:
    """Find out whether it is the account that keeps a seller from being paid.

    Once it doesn't any more that is announced, and what failed for it is paid.
    """
    try:
        await sellers.learn_account(database, payouts, account_ref)
    except (ProviderRefused, Unavailable) as error:
        log.warning("payout_account_unknown", error=repr(error))


async def _ask(payouts: PayoutProvider, call: Call) -> Outcome:
    """Ask the company. Where it won't say what it did, that isn't known: nothing is refused."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            match call.action:
                case Action.PAY:
                    return await _pay(payouts, call)
                case Action.REVERSE:
                    return await _reverse(payouts, call)
                case Action.LOOK | Action.LOOK_REVERSED:
                    return await _look(payouts, call)
    except ProviderRefused as refused:
        if call.action in {Action.LOOK, Action.LOOK_REVERSED}:
            log.warning("transfer_lookup_refused", key=call.key, reason=refused.reason)
            return Unknown()
        return Refused(clean_reason(refused.reason), refused.is_passing)
    except (ProviderUnavailable, TimeoutError):
        return Unknown()


async def _pay(payouts: PayoutProvider, call: Call) -> Outcome:
    wish = TransferRequest(
        key=call.key,
        transfer_id=str(call.transfer_id),
        group=str(call.order_id),
        account_ref=call.account_ref,
        amount_cents=call.amount_cents,
        currency=call.currency,
    )
    paid = await payouts.transfer(wish)
    return Done(paid.ref, paid.amount_cents)


async def _reverse(payouts: PayoutProvider, call: Call) -> Outcome:
    wish = ReversalRequest(call.key, call.transfer_ref, call.amount_cents)
    return Done(await payouts.reverse(wish), call.amount_cents)


async def _look(payouts: PayoutProvider, call: Call) -> Outcome:
    found = await payouts.find_transfer(str(call.order_id), str(call.transfer_id))
    if call.action is Action.LOOK:
        return NotFound() if found is None else Done(found.ref, found.amount_cents)
    return Done(None, call.amount_cents) if _is_taken_back(call, found) else NotFound()


def _is_taken_back(call: Call, found: PaidTransfer | None) -> bool:
    wanted_cents = call.known_reversed_cents + call.amount_cents
    return found is not None and found.reversed_cents >= wanted_cents
