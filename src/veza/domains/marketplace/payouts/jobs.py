"""Sellers are paid amounts due, or payments reversed; lost jobs are found by polling."""

import asyncio

import structlog

from veza.core.errors import Unavailable
from veza.core.ids import LOWEST_ID
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderPaid,
    OrderRefunded,
    PreorderDelivered,
    ServiceDelivered,
)
from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.models import (
    CallNotFound,
    CallOutcome,
    CallRefused,
    CallSucceeded,
    OutcomeUnknown,
    ProviderAction,
    ProviderCall,
    SettleTransfer,
)
from veza.domains.marketplace.payouts.rules import steps
from veza.domains.marketplace.payouts.service import settlement, transfers
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import (
    PayoutProvider,
    PayoutsByMode,
    ReversalRequest,
    TransferRequest,
)
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

CALL_TIMEOUT_S = 30
# More steps than a transfer needs. `retry_transfers` resumes unfinished transfers.
_MAX_STEPS = 20


async def update_order_transfers(
    tx: Tx,
    event: OrderPaid | OrderRefunded | OrderDisputed | PreorderDelivered | ServiceDelivered,
) -> None:
    """Pay sellers the amounts now due for an order, or reverse amounts no longer due."""
    await transfers.update_order_transfers(tx, event.order_id)


async def resume_seller(tx: Tx, event: SellerConnected) -> None:
    """Settle the transfers of a seller that waited for a connected account, or failed."""
    resumed = await queries.lock_resumable(tx, event.user_id)
    await queries.update_resumed(tx, resumed)
    for transfer_id in resumed:
        await transfers.enqueue_settlement(tx, transfer_id)


async def retry_transfers(database: Database, providers: PayoutsByMode) -> None:
    """Settle all due transfers, including those whose jobs were lost.

    Transfers of a mode without a payout provider stay due until one is configured. Each transaction
    enqueues up to 100.
    """
    last = LOWEST_ID
    while True:
        async with database.transaction() as tx:
            due = await queries.list_due_transfers(tx, providers, last)
            for transfer_id in due:
                await transfers.enqueue_settlement(tx, transfer_id)
        if not due:
            return
        last = due[-1]


async def settle_transfer(
    database: Database, providers: PayoutsByMode, job: SettleTransfer
) -> None:
    """Pay a seller the amount due, or reverse the amount no longer due.

    The payout provider is that of the transfer's mode, whatever the settings are now. This is the
    only place where a provider is chosen. Without a provider nothing happens.

    May run twice, even concurrently: a transfer is leased for each call, and a call is repeated
    with the same idempotency key.
    """
    async with database.read() as conn:
        mode = await queries.find_mode(conn, job.transfer_id)
    payouts = None if mode is None else providers.get(mode)
    if payouts is None:
        log.info("transfer_without_provider", transfer=str(job.transfer_id), mode=mode)
        return
    await _refresh_blocking_account(database, payouts, job)
    for _ in range(_MAX_STEPS):
        async with database.transaction() as tx:
            call = await settlement.prepare_call(tx, job.transfer_id, payouts.name)
        if call is None:
            return
        outcome = await _call_provider(payouts, call)
        async with database.transaction() as tx:
            await settlement.record_outcome(tx, call, outcome)
        is_refused = isinstance(outcome, CallRefused) and not outcome.is_passing
        if call.action is ProviderAction.PAY and is_refused:
            await _refresh_account(database, payouts, call.account_ref)


async def postpone_transfer(database: Database, job: SettleTransfer) -> None:
    """Postpone a transfer whose job was given up for a day, for people to look at."""
    async with database.transaction() as tx:
        transfer = await queries.lock_transfer(tx, job.transfer_id)
        if transfer is not None and transfer.next_retry_at is not None:
            await queries.update_transfer(tx, transfer, steps.BLOCKED_DELAY)


async def _refresh_blocking_account(
    database: Database, payouts: PayoutProvider, job: SettleTransfer
) -> None:
    """Refresh the account that blocks a transfer: its webhook may have been lost."""
    async with database.read() as conn:
        account_ref = await queries.find_blocking_account(conn, job.transfer_id, payouts.name)
    if account_ref is not None:
        await _refresh_account(database, payouts, account_ref)


async def _refresh_account(database: Database, payouts: PayoutProvider, account_ref: str) -> None:
    """Refresh an account. If it is connected again, an event resumes the failed transfers."""
    try:
        await sellers.refresh_account(database, payouts, account_ref)
    except (ProviderRefused, Unavailable) as error:
        log.warning("payout_account_unknown", error=repr(error))


async def _call_provider(payouts: PayoutProvider, call: ProviderCall) -> CallOutcome:
    """Make a call. Without a clear answer the outcome is unknown, which isn't a refusal."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            match call.action:
                case ProviderAction.PAY:
                    return await _pay(payouts, call)
                case ProviderAction.REVERSE:
                    return await _reverse(payouts, call)
                case ProviderAction.FIND_PAYMENT | ProviderAction.FIND_REVERSAL:
                    return await _look_up(payouts, call)
    except (ProviderUnavailable, TimeoutError):
        return OutcomeUnknown()


async def _pay(payouts: PayoutProvider, call: ProviderCall) -> CallOutcome:
    request = TransferRequest(
        key=call.key,
        transfer_id=str(call.transfer_id),
        group=str(call.order_id),
        account_ref=call.account_ref,
        amount_cents=call.amount_cents,
        currency=call.currency,
    )
    try:
        paid = await payouts.transfer(request)
    except ProviderRefused as refused:
        return await _check_refusal(payouts, call, refused)
    return CallSucceeded(paid.ref, paid.amount_cents)


async def _reverse(payouts: PayoutProvider, call: ProviderCall) -> CallOutcome:
    request = ReversalRequest(call.key, call.transfer_ref, call.amount_cents)
    try:
        ref = await payouts.reverse(request)
    except ProviderRefused as refused:
        return await _check_refusal(payouts, call, refused)
    return CallSucceeded(ref, call.amount_cents)


async def _check_refusal(
    payouts: PayoutProvider, call: ProviderCall, refused: ProviderRefused
) -> CallOutcome:
    """Return a refusal as the outcome, unless an earlier call with the same key succeeded.

    A provider that refuses to repeat a call, for instance because our API key was restricted
    meanwhile, may have made it the first time.
    """
    outcome = await _look_up(payouts, call) if call.is_repeated else CallNotFound()
    if not isinstance(outcome, CallNotFound):
        return outcome
    return CallRefused(clean_reason(refused.reason), refused.is_passing)


async def _look_up(payouts: PayoutProvider, call: ProviderCall) -> CallOutcome:
    """Return whether the provider made a payment or reversal."""
    try:
        found = await payouts.find_transfer(str(call.order_id), str(call.transfer_id))
    except ProviderRefused as refused:
        log.warning("transfer_lookup_refused", key=call.key, reason=refused.reason)
        return OutcomeUnknown()
    if found is None:
        return CallNotFound()
    if call.action in {ProviderAction.PAY, ProviderAction.FIND_PAYMENT}:
        return CallSucceeded(found.ref, found.amount_cents)
    is_reversed = found.reversed_cents >= call.known_reversed_cents + call.amount_cents
    return CallSucceeded(None, call.amount_cents) if is_reversed else CallNotFound()
