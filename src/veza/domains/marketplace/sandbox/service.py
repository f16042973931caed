"""The companies that the sandbox plays: each does a thing once for its id or key, as real ones.

What people do with such companies elsewhere, they do here: pay, and tell who they are.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.marketplace.sandbox import queries, rules
from veza.domains.marketplace.sandbox.errors import NoSandbox, OnboardingOver, PaymentNotFound
from veza.domains.marketplace.sandbox.models import (
    NewLink,
    OpenLink,
    PaymentOutcome,
    PayoutOutcome,
    PayoutWish,
    SandboxAccount,
    StoredReversal,
    StoredTransfer,
)
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.hyperswitch import sign
from veza.infra.payments.provider import (
    Payment,
    PaymentDispute,
    PaymentRefund,
    PaymentRequest,
    PaymentState,
    RefundRequest,
)
from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutAccount,
    ReversalRequest,
    SellerFunds,
    TransferRequest,
)
from veza.infra.postgres.database import Conn, Database

_NAME = "sandbox"
_REFUSAL = "The sandbox was told to refuse."

type IsBuyer = Callable[[Conn, UserId, str], Awaitable[bool]]
type SendWebhook = Callable[[bytes, str], Awaitable[None]]
type TellOfAccount = Callable[[str], Awaitable[None]]


class SandboxPayments:
    """Takes buyers' money as Hyperswitch does: whether they pay, they say themselves."""

    name = _NAME

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_payment(self, wish: PaymentRequest) -> Payment:
        """Begin a payment that its buyer confirms, or give the one of this id."""
        async with self._database.transaction(recorded=False) as tx:
            await queries.insert_payment(tx, wish, f"{wish.id}_secret_{secrets.token_hex(12)}")
            made = await queries.find_payment(tx, wish.id)
        assert made is not None
        return made

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Tell how a payment stands."""
        async with self._database.read() as conn:
            return await queries.find_payment(conn, payment_id)

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Have a payment come to nothing, unless it is made; a failed one could be made later."""
        async with self._database.transaction(recorded=False) as tx:
            found = await queries.lock_payment(tx, payment_id)
            if found is None:
                raise ProviderRefused("The sandbox knows no such payment.")
            if found.state in {PaymentState.SUCCEEDED, PaymentState.CANCELLED}:
                return found
            await queries.update_payment(tx, payment_id, PaymentState.CANCELLED)
        return Payment(found.id, PaymentState.CANCELLED, found.amount_cents, found.currency)

    async def hear(self, told: Payment) -> Payment:
        """Take at its word what a signed event says of a payment, and tell how it stands then.

        Here nobody knows better: who can sign an event plays the company. One that says another
        amount is passed on and not kept, and a success wins over whatever else is said.
        """
        async with self._database.transaction() as tx:
            known = await queries.lock_payment(tx, told.id)
            if known is None or told.state is PaymentState.PENDING:
                return known or told
            is_paid = told.state is PaymentState.SUCCEEDED
            if is_paid and (told.amount_cents, told.currency) != (
                known.amount_cents,
                known.currency,
            ):
                return told
            if not is_paid and known.state is not PaymentState.PENDING:
                return known
            await queries.update_payment(tx, told.id, told.state, told.reason)
        return structs.replace(known, state=told.state, reason=told.reason)

    async def refund(self, wish: RefundRequest) -> PaymentRefund:
        """Give money back at once, or give the refund of this id."""
        async with self._database.transaction(recorded=False) as tx:
            payment = await queries.lock_payment(tx, wish.payment_id)
            known = await queries.find_refund(tx, wish.id)
            if known is not None:
                return known
            if payment is None or payment.state is not PaymentState.SUCCEEDED:
                raise ProviderRefused("Nothing was paid that could be given back.")
            given_back = await queries.sum_refunds(tx, payment.id)
            if given_back + wish.amount_cents > payment.amount_cents:
                raise ProviderRefused("More would be given back than was paid.")
            await queries.insert_refund(tx, wish)
            made = await queries.find_refund(tx, wish.id)
        assert made is not None
        return made

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Tell how a refund stands."""
        async with self._database.read() as conn:
            return await queries.find_refund(conn, refund_id)

    async def list_disputes(
        self,
        since: datetime,  # noqa: ARG002 - there are none
        *,
        limit: int,  # noqa: ARG002
        offset: int,  # noqa: ARG002
    ) -> list[PaymentDispute]:
        """Give none: no bank takes anything back. A dispute comes by a signed event alone."""
        return []

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:  # noqa: ARG002
        """Give None: the sandbox keeps no disputes."""
        return None


class SandboxPayouts:
    """Pays sellers as Stripe does: how it ends for whom, an admin says."""

    name = _NAME

    def __init__(self, database: Database, prefix: str) -> None:
        """`prefix` is the path below which the API lies, and the sandbox's own page."""
        self._database = database
        self._prefix = prefix

    async def open_account(self, key: str, *, email: str, country: str | None) -> str:  # noqa: ARG002 - a company would ask
        """Open an account, or give the one of this key."""
        async with self._database.transaction(recorded=False) as tx:
            return await queries.insert_account(tx, _draw("acct"), key)

    async def find_onboarding_url(
        self,
        account_ref: str,
        *,
        refresh_url: str,  # noqa: ARG002 - our page makes no new link
        return_url: str,
    ) -> str:
        """Give the address of a page of ours: good for once, and for five minutes."""
        token = secrets.token_urlsafe(32)
        link = NewLink(rules.hash_link(token), now() + rules.LINK_LIFETIME, return_url)
        async with self._database.transaction(recorded=False) as tx:
            if not await queries.update_link(tx, account_ref, link):
                raise ProviderRefused("The sandbox knows no such account.")
        return f"{rules.find_origin(return_url)}{self._prefix}/sandbox/onboarding/{token}"

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Tell whether a seller has told who they are."""
        async with self._database.read() as conn:
            found = await _find_account(conn, account_ref)
        reason = None if found.is_connected else "The seller hasn't told yet who they are."
        return PayoutAccount(found.ref, found.is_connected, reason)

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Tell what a seller was paid, by currency."""
        async with self._database.read() as conn:
            return await queries.list_funds(conn, account_ref)

    async def transfer(self, wish: TransferRequest) -> PaidTransfer:
        """Pay a seller, once for each key."""
        async with self._database.transaction(recorded=False) as tx:
            if await queries.find_transfer_by_key(tx, wish.key) is None:
                _ensure_payable(await _find_account(tx, wish.account_ref))
                await queries.insert_transfer(tx, _draw("tr"), wish)
            # Or the one of whoever was quicker with the same key.
            made = await queries.find_transfer_by_key(tx, wish.key)
        assert made is not None
        if not _is_as_wished(made, wish):
            # As with Stripe: who is refused would try another key, and what was done stays done.
            raise ProviderUnavailable
        return _to_transfer(made)

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Look for a transfer by its group and our id."""
        async with self._database.read() as conn:
            found = await queries.find_transfer_in_group(conn, group, transfer_id)
        return None if found is None else _to_transfer(found)

    async def reverse(self, wish: ReversalRequest) -> str:
        """Take back what a seller was paid, or a part, once for each key."""
        async with self._database.transaction(recorded=False) as tx:
            transfer = await queries.lock_transfer(tx, wish.transfer_ref)
            made = await queries.find_reversal_by_key(tx, wish.key)
            if made is None:
                _ensure_reversible(transfer, wish)
                made = StoredReversal(_draw("trr"), wish.transfer_ref, wish.amount_cents)
                await queries.insert_reversal(tx, made.ref, wish)
        if (made.transfer_ref, made.amount_cents) != (wish.transfer_ref, wish.amount_cents):
            raise ProviderUnavailable
        return made.ref


class Sandbox(Struct, frozen=True):
    """The companies that are played on this server, and what they need of it.

    `is_buyer` knows whose a payment is; `send_webhook` is our own door for a company's events, and
    `secret` signs them; `tell_of_account` hears of a seller who told who they are.
    """

    payments: SandboxPayments | None
    payouts: SandboxPayouts | None
    is_buyer: IsBuyer
    send_webhook: SendWebhook
    tell_of_account: TellOfAccount
    secret: str


async def confirm_payment(
    sandbox: Sandbox, database: Database, buyer: Member, payment_id: str, outcome: PaymentOutcome
) -> None:
    """Pay, or have the bank say no: what became of it, a webhook tells, as a company's.

    Raises NoSandbox, and PaymentNotFound for another's too.
    """
    if sandbox.payments is None:
        raise NoSandbox
    async with database.read() as conn:
        is_own = await sandbox.is_buyer(conn, buyer.id, payment_id)
    begun = await sandbox.payments.find_payment(payment_id) if is_own else None
    if begun is None:
        raise PaymentNotFound
    is_paid = outcome is PaymentOutcome.SUCCEEDED
    told = structs.replace(
        begun,
        state=PaymentState.SUCCEEDED if is_paid else PaymentState.FAILED,
        reason=None if is_paid else _REFUSAL,
    )
    await sandbox.payments.hear(told)
    body = _write_event(told)
    await sandbox.send_webhook(body, sign(sandbox.secret, body))


async def set_outcome(sandbox: Sandbox, database: Database, wish: PayoutWish) -> None:
    """Say how a seller's next transfers end, and be it before they have an account.

    Raises NoSandbox and UserNotFound.
    """
    if sandbox.payouts is None:
        raise NoSandbox
    async with database.transaction() as tx:
        await accounts.get_admin_user(tx, wish.seller_id)
        key = rules.account_key(wish.seller_id)
        ref = await queries.insert_account(tx, _draw("acct"), key)
        await queries.update_outcome(tx, ref, wish.outcome)


async def find_link(sandbox: Sandbox, database: Database, token: str) -> OpenLink:
    """Find what a seller's link is for. Raises NoSandbox and OnboardingOver."""
    if sandbox.payouts is None:
        raise NoSandbox
    async with database.read() as conn:
        link = await queries.find_link(conn, rules.hash_link(token))
    if link is None:
        raise OnboardingOver
    return link


async def connect(sandbox: Sandbox, database: Database, token: str) -> OpenLink:
    """Use a seller's link: they can be paid from now on. Raises NoSandbox and OnboardingOver."""
    if sandbox.payouts is None:
        raise NoSandbox
    async with database.transaction() as tx:
        link = await queries.update_connected(tx, rules.hash_link(token))
    if link is None:
        raise OnboardingOver
    await sandbox.tell_of_account(link.ref)
    return link


def _write_event(told: Payment) -> bytes:
    """Write what happened to a payment as Hyperswitch does; told twice, it is the same event."""
    is_paid = told.state is PaymentState.SUCCEEDED
    payment = {
        "payment_id": told.id,
        "status": told.state,
        "amount": told.amount_cents,
        "amount_received": told.amount_cents if is_paid else None,
        "currency": told.currency,
        "error_message": told.reason,
    }
    event = {
        "merchant_id": _NAME,
        "event_id": f"sandbox_{told.id}_{told.state}",
        "event_type": f"payment_{told.state}",
        "content": {"type": "payment_details", "object": payment},
        "timestamp": now(),
    }
    return msgspec.json.encode(event)


async def _find_account(conn: Conn, account_ref: str) -> SandboxAccount:
    found = await queries.find_account(conn, account_ref)
    if found is None:
        raise ProviderRefused("The sandbox knows no such account.")
    return found


def _ensure_payable(account: SandboxAccount) -> None:
    if account.outcome is PayoutOutcome.UNAVAILABLE:
        raise ProviderUnavailable
    if account.outcome is PayoutOutcome.FAILED:
        raise ProviderRefused(_REFUSAL)
    if not account.is_connected:
        raise ProviderRefused("The seller hasn't told yet who they are.")


def _ensure_reversible(transfer: StoredTransfer | None, wish: ReversalRequest) -> None:
    if transfer is None:
        raise ProviderRefused("The sandbox knows no such transfer.")
    if transfer.reversed_cents + wish.amount_cents > transfer.amount_cents:
        raise ProviderRefused("More would be taken back than was paid.")


def _is_as_wished(made: StoredTransfer, wish: TransferRequest) -> bool:
    return (made.transfer_group, made.account_ref, made.amount_cents, made.currency) == (
        wish.group,
        wish.account_ref,
        wish.amount_cents,
        wish.currency,
    )


def _to_transfer(found: StoredTransfer) -> PaidTransfer:
    return PaidTransfer(found.ref, found.amount_cents, found.currency, found.reversed_cents)


def _draw(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
