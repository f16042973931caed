"""The simulated payment and payout providers of the sandbox, and their customers' actions.

Like real providers they process each id or idempotency key once.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import UserId
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.errors import NoSandbox, OnboardingOver, PaymentNotFound
from veza.domains.marketplace.sandbox.models import (
    NewOnboardingLink,
    OnboardingLink,
    PaymentConfirmation,
    PaymentOutcome,
    PayoutOutcome,
    PayoutOutcomeForm,
    SandboxAccount,
    SandboxReversal,
    SandboxTransfer,
)
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.hyperswitch_signatures import sign
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
_LINK_LIFETIME = timedelta(minutes=5)
_NOT_CONNECTED = "The seller hasn't connected their account yet."
_REFUSAL = "The sandbox is set to refuse."

# Takes the account or the token of a guest's order, and our id of the payment.
type MayPay = Callable[[Conn, UserId | None, str | None, str], Awaitable[bool]]
type SendWebhook = Callable[[bytes, str], Awaitable[None]]
type RefreshAccount = Callable[[str], Awaitable[None]]


class SandboxPayments:
    """A payment provider like Hyperswitch. Buyers choose how their payments end."""

    name = _NAME

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Create a payment that its buyer confirms, unless one with this id exists; return it."""
        secret = f"{request.id}_secret_{secrets.token_hex(12)}"
        async with self._database.transaction(recorded=False) as tx:
            return await queries.insert_payment(tx, request, secret)

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Return a payment."""
        async with self._database.read() as conn:
            return await queries.find_payment(conn, payment_id)

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Cancel a payment unless it succeeded; a failed payment could succeed later."""
        async with self._database.transaction(recorded=False) as tx:
            found = await queries.lock_payment(tx, payment_id)
            if found is None:
                raise ProviderRefused("The sandbox knows no such payment.")
            if found.state in {PaymentState.SUCCEEDED, PaymentState.CANCELLED}:
                return found
            await queries.update_payment(tx, payment_id, PaymentState.CANCELLED)
        return Payment(found.id, PaymentState.CANCELLED, found.amount_cents, found.currency)

    async def apply_reported(self, reported: Payment) -> Payment:
        """Update a payment to the state that a signed event reports; return the result.

        A signed event is trusted like a provider's own state. An event with another amount is
        returned and not stored, and a success is final.
        """
        async with self._database.transaction() as tx:
            known = await queries.lock_payment(tx, reported.id)
            if known is None or reported.state is PaymentState.PENDING:
                return known or reported
            is_paid = reported.state is PaymentState.SUCCEEDED
            if is_paid and (reported.amount_cents, reported.currency) != (
                known.amount_cents,
                known.currency,
            ):
                return reported
            if not is_paid and known.state is not PaymentState.PENDING:
                return known
            await queries.update_payment(tx, reported.id, reported.state, reported.reason)
        return structs.replace(known, state=reported.state, reason=reported.reason)

    async def confirm(self, payment_id: str, outcome: PaymentOutcome) -> Payment:
        """Set the outcome of a payment; return what is reported. Raises PaymentNotFound.

        A success is final: a failure after it is reported, and not stored.
        """
        is_paid = outcome is PaymentOutcome.SUCCEEDED
        state = PaymentState.SUCCEEDED if is_paid else PaymentState.FAILED
        reason = None if is_paid else _REFUSAL
        async with self._database.transaction() as tx:
            known = required(await queries.lock_payment(tx, payment_id), PaymentNotFound)
            if is_paid or known.state is PaymentState.PENDING:
                await queries.update_payment(tx, payment_id, state, reason)
        return structs.replace(known, state=state, reason=reason)

    async def refund(self, request: RefundRequest) -> PaymentRefund:
        """Refund a payment at once, unless a refund with this id exists; return it."""
        async with self._database.transaction(recorded=False) as tx:
            payment = await queries.lock_payment(tx, request.payment_id)
            known = await queries.find_refund(tx, request.id)
            if known is not None:
                return known
            if payment is None or payment.state is not PaymentState.SUCCEEDED:
                raise ProviderRefused("Nothing was paid that could be refunded.")
            refunded_cents = await queries.sum_refunds(tx, payment.id)
            if refunded_cents + request.amount_cents > payment.amount_cents:
                raise ProviderRefused("More would be refunded than was paid.")
            await queries.insert_refund(tx, request)
            made = await queries.find_refund(tx, request.id)
        assert made is not None
        return made

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Return a refund."""
        async with self._database.read() as conn:
            return await queries.find_refund(conn, refund_id)

    async def list_disputes(
        self,
        since: datetime,  # noqa: ARG002 - there are none
        *,
        limit: int,  # noqa: ARG002
        offset: int,  # noqa: ARG002
    ) -> list[PaymentDispute]:
        """Return nothing: disputes in the sandbox are reported only by signed events."""
        return []

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:  # noqa: ARG002
        """Return None: the sandbox stores no disputes."""
        return None


class SandboxPayouts:
    """A payout provider like Stripe. Admins choose how the transfers to a seller end."""

    name = _NAME

    def __init__(self, database: Database, prefix: str) -> None:
        """`prefix` is the path of the API, and of the onboarding page."""
        self._database = database
        self._prefix = prefix

    async def open_account(self, key: str, *, email: str | None, country: str | None) -> str:  # noqa: ARG002 - a real provider uses them
        """Open an account, or find the existing account with this key; return its ref."""
        async with self._database.transaction(recorded=False) as tx:
            return await queries.insert_account(tx, _new_ref("acct"), key)

    async def find_onboarding_url(
        self,
        account_ref: str,
        *,
        refresh_url: str,  # noqa: ARG002 - the page makes no new link
        return_url: str,
    ) -> str:
        """Return the URL of the onboarding page, which works once, for five minutes."""
        token = secrets.token_urlsafe(32)
        link = NewOnboardingLink(_hash(token), now() + _LINK_LIFETIME, return_url)
        async with self._database.transaction(recorded=False) as tx:
            if not await queries.update_link(tx, account_ref, link):
                raise ProviderRefused("The sandbox knows no such account.")
        site = urlsplit(return_url)
        return f"{site.scheme}://{site.netloc}{self._prefix}/sandbox/onboarding/{token}"

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Return whether a seller's account is connected."""
        async with self._database.read() as conn:
            found = await _find_account(conn, account_ref)
        reason = None if found.is_connected else _NOT_CONNECTED
        return PayoutAccount(found.ref, found.is_connected, reason)

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Return the amounts that a seller was paid, by currency."""
        async with self._database.read() as conn:
            return await queries.list_funds(conn, account_ref)

    async def transfer(self, request: TransferRequest) -> PaidTransfer:
        """Pay a seller, once for each idempotency key."""
        async with self._database.transaction(recorded=False) as tx:
            if await queries.find_transfer_by_key(tx, request.key) is None:
                _ensure_payable(await _find_account(tx, request.account_ref))
                await queries.insert_transfer(tx, _new_ref("tr"), request)
            # A concurrent request with the same key may have been faster.
            made = await queries.find_transfer_by_key(tx, request.key)
        assert made is not None
        if not _matches(made, request):
            # As with Stripe this is no refusal: after a refusal the caller would pay again with a
            # new key.
            raise ProviderUnavailable
        return _to_transfer(made)

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Return a transfer by its group and our id."""
        async with self._database.read() as conn:
            found = await queries.find_transfer_in_group(conn, group, transfer_id)
        return None if found is None else _to_transfer(found)

    async def reverse(self, request: ReversalRequest) -> str:
        """Reverse a transfer, in part or in full, once for each idempotency key."""
        async with self._database.transaction(recorded=False) as tx:
            transfer = await queries.lock_transfer(tx, request.transfer_ref)
            made = await queries.find_reversal_by_key(tx, request.key)
            if made is None:
                _ensure_reversible(transfer, request)
                made = SandboxReversal(_new_ref("trr"), request.transfer_ref, request.amount_cents)
                await queries.insert_reversal(tx, made.ref, request)
        if (made.transfer_ref, made.amount_cents) != (request.transfer_ref, request.amount_cents):
            raise ProviderUnavailable
        return made.ref


class Sandbox(Struct, frozen=True):
    """The providers of the sandbox (None if a real provider is configured) and their callbacks.

    `send_webhook` delivers an event that is signed with `secret`; `refresh_account` is called when
    a seller has connected an account.
    """

    payments: SandboxPayments | None
    payouts: SandboxPayouts | None
    may_pay: MayPay
    send_webhook: SendWebhook
    refresh_account: RefreshAccount
    secret: str


async def confirm_payment(
    sandbox: Sandbox,
    database: Database,
    buyer: Member | None,
    payment_id: str,
    confirmation: PaymentConfirmation,
) -> None:
    """Set the outcome of a payment, and send the webhook that reports it.

    Raises NoSandbox, Unauthenticated, and PaymentNotFound if the payment isn't the buyer's.
    """
    token = confirmation.token
    if buyer is None and token is None:
        raise Unauthenticated
    payments = required(sandbox.payments, NoSandbox)
    async with database.read() as conn:
        if not await sandbox.may_pay(conn, buyer and buyer.id, token, payment_id):
            raise PaymentNotFound
    reported = await payments.confirm(payment_id, confirmation.outcome)
    body = _write_event(reported)
    await sandbox.send_webhook(body, sign(sandbox.secret, body))


async def set_outcome(sandbox: Sandbox, database: Database, form: PayoutOutcomeForm) -> None:
    """Set how a seller's next transfers end, even before they have an account.

    Raises NoSandbox and UserNotFound.
    """
    required(sandbox.payouts, NoSandbox)
    async with database.transaction() as tx:
        await member_accounts.get_admin_user(tx, form.seller_id)
        key = account_key(form.seller_id)
        ref = await queries.insert_account(tx, _new_ref("acct"), key)
        await queries.update_outcome(tx, ref, form.outcome)


async def find_link(sandbox: Sandbox, database: Database, token: str) -> OnboardingLink:
    """Return a seller's link. Raises NoSandbox and OnboardingOver."""
    required(sandbox.payouts, NoSandbox)
    async with database.read() as conn:
        return required(await queries.find_link(conn, _hash(token)), OnboardingOver)


async def connect(sandbox: Sandbox, database: Database, token: str) -> OnboardingLink:
    """Connect the account of a seller's link. Raises NoSandbox and OnboardingOver."""
    required(sandbox.payouts, NoSandbox)
    async with database.transaction() as tx:
        link = required(await queries.update_connected(tx, _hash(token)), OnboardingOver)
    await sandbox.refresh_account(link.ref)
    return link


def account_key(user_id: UserId) -> str:
    """Return the idempotency key with which a seller's account is opened."""
    return f"account:{user_id}"


def _write_event(payment: Payment) -> bytes:
    """Return the event of a payment in the form of Hyperswitch, with an id for each state."""
    is_paid = payment.state is PaymentState.SUCCEEDED
    details = {
        "payment_id": payment.id,
        "status": payment.state,
        "amount": payment.amount_cents,
        "amount_received": payment.amount_cents if is_paid else None,
        "currency": payment.currency,
        "error_message": payment.reason,
    }
    event = {
        "merchant_id": _NAME,
        "event_id": f"sandbox_{payment.id}_{payment.state}",
        "event_type": f"payment_{payment.state}",
        "content": {"type": "payment_details", "object": details},
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
        raise ProviderRefused(_NOT_CONNECTED)


def _ensure_reversible(transfer: SandboxTransfer | None, request: ReversalRequest) -> None:
    if transfer is None:
        raise ProviderRefused("The sandbox knows no such transfer.")
    if transfer.reversed_cents + request.amount_cents > transfer.amount_cents:
        raise ProviderRefused("More would be reversed than was paid.")


def _matches(made: SandboxTransfer, request: TransferRequest) -> bool:
    return (made.transfer_group, made.account_ref, made.amount_cents, made.currency) == (
        request.group,
        request.account_ref,
        request.amount_cents,
        request.currency,
    )


def _to_transfer(found: SandboxTransfer) -> PaidTransfer:
    return copy_fields(PaidTransfer, found)


def _hash(token: str) -> bytes:
    """Return the hash under which the token of a link is stored."""
    return hashlib.sha256(token.encode()).digest()


def _new_ref(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
