"""The simulated payment provider of the sandbox. Like a real one it processes each id once."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import msgspec
from msgspec import structs

from veza.core.clock import now
from veza.core.errors import required
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.errors import PaymentNotFound
from veza.domains.marketplace.sandbox.models import LaterCharges, PaymentOutcome
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.hyperswitch_signatures import sign
from veza.infra.payments.provider import (
    ChargeRequest,
    Payment,
    PaymentDispute,
    PaymentRefund,
    PaymentRequest,
    PaymentState,
    RefundRequest,
)
from veza.infra.postgres.database import Database, Tx

NAME = "sandbox"
REFUSAL = "The sandbox is set to refuse."
NO_METHOD = "The sandbox knows no such payment method."
CANCELLED = "The payment was cancelled."

# The result of charges of a kept method, and its reason.
_CHARGES: Mapping[LaterCharges | None, tuple[PaymentState, str | None]] = {
    LaterCharges.SUCCEEDED: (PaymentState.SUCCEEDED, None),
    LaterCharges.DECLINED: (PaymentState.FAILED, f"card_declined: {REFUSAL}"),
    LaterCharges.ACTION_REQUIRED: (PaymentState.PENDING, None),
    None: (PaymentState.FAILED, NO_METHOD),
}

type SendWebhook = Callable[[bytes, str], Awaitable[None]]


class SandboxPayments:
    """A payment provider like Hyperswitch. Buyers choose how their payments end.

    They also choose how later charges of a kept method end. `send_webhook` delivers the events,
    which are signed with `secret`.
    """

    name = NAME

    def __init__(self, database: Database, send_webhook: SendWebhook, secret: str) -> None:
        self._database = database
        self._send_webhook = send_webhook
        self._secret = secret

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Create a payment that its buyer confirms, unless one with this id exists; return it."""
        async with self._database.transaction(recorded=False) as tx:
            return await queries.insert_payment(tx, request, _new_client_secret(request.id))

    async def charge(self, request: ChargeRequest) -> Payment:
        """Charge a kept method as it was chosen when it was kept, unless the payment exists.

        A payment that ended is reported by a webhook, again if this is repeated.
        """
        async with self._database.transaction(recorded=False) as tx:
            made = await queries.find_payment(tx, request.id) or await _make_charge(tx, request)
        if made.state is PaymentState.CANCELLED:
            return structs.replace(made, state=PaymentState.FAILED, reason=CANCELLED)
        if made.state is not PaymentState.PENDING:
            await self.report(made)
        return made

    async def forget_method(self, customer_id: str, method_id: str) -> None:
        """Delete a kept method of a customer."""
        async with self._database.transaction(recorded=False) as tx:
            await queries.delete_method(tx, customer_id, method_id)

    async def report(self, payment: Payment) -> None:
        """Send the webhook that reports the state of a payment."""
        body = _write_event(payment)
        await self._send_webhook(body, sign(self._secret, body))

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
            if is_paid:
                await _keep_method(tx, reported.id, None)
        return structs.replace(known, state=reported.state, reason=reported.reason)

    async def confirm(
        self, payment_id: str, outcome: PaymentOutcome, later_charges: LaterCharges | None = None
    ) -> Payment:
        """Set the outcome of a payment; return what is to be reported. Raises PaymentNotFound.

        A success is final: a failure after it is reported, and not stored. It keeps the method if
        the payment asked for it; `later_charges` may be changed by another success.
        """
        is_paid = outcome is PaymentOutcome.SUCCEEDED
        state = PaymentState.SUCCEEDED if is_paid else PaymentState.FAILED
        reason = None if is_paid else REFUSAL
        async with self._database.transaction() as tx:
            known = required(await queries.lock_payment(tx, payment_id), PaymentNotFound)
            if is_paid or known.state is PaymentState.PENDING:
                await queries.update_payment(tx, payment_id, state, reason)
            if is_paid:
                await _keep_method(tx, payment_id, later_charges)
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
        "merchant_id": NAME,
        "event_id": f"sandbox_{payment.id}_{payment.state}",
        "event_type": f"payment_{payment.state}",
        "content": {"type": "payment_details", "object": details},
        "timestamp": now(),
    }
    return msgspec.json.encode(event)


async def _make_charge(tx: Tx, request: ChargeRequest) -> Payment:
    """Charge a method, unless a concurrent call does; return the payment.

    One that can't be charged is no customer's: theirs may just be erased.
    """
    chosen = await queries.lock_method(tx, request.customer_id, request.method_id)
    state, reason = _CHARGES[chosen]
    charge = Payment(
        id=request.id,
        state=state,
        amount_cents=request.amount_cents,
        currency=request.currency,
        client_secret=_new_client_secret(request.id),
        reason=reason,
        method_id=None if chosen is None else request.method_id,
    )
    customer_id = None if chosen is None else request.customer_id
    await queries.insert_charge(tx, charge, customer_id)
    made = await queries.find_payment(tx, request.id)
    assert made is not None
    return made


async def _keep_method(tx: Tx, payment_id: str, later_charges: LaterCharges | None) -> None:
    """Keep the method of a locked payment that succeeded, if it asked for it."""
    new_id = f"pm_{secrets.token_hex(12)}"
    kept = later_charges or LaterCharges.SUCCEEDED
    if not await queries.insert_method(tx, payment_id, new_id, kept) and later_charges is not None:
        await queries.update_method(tx, payment_id, later_charges)


def _new_client_secret(payment_id: str) -> str:
    return f"{payment_id}_secret_{secrets.token_hex(12)}"
