"""The companies that the sandbox plays: each does a thing once for its id or key, as real ones."""

import secrets

from veza.core.clock import now
from veza.domains.sandbox import queries, rules
from veza.domains.sandbox.models import (
    NewLink,
    PayoutOutcome,
    SandboxAccount,
    StoredTransfer,
)
from veza.infra.db import Conn, Database
from veza.infra.payments.provider import (
    Payment,
    PaymentRefund,
    PaymentState,
    PaymentWish,
    RefundWish,
)
from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutAccount,
    ReversalWish,
    SellerFunds,
    TransferWish,
)
from veza.infra.providers import ProviderRefused, ProviderUnavailable

_NAME = "sandbox"
_KEY_REUSED = "The sandbox knows this key for another call."


class SandboxPayments:
    """Takes buyers' money as Hyperswitch does: whether they pay, they say themselves."""

    name = _NAME

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create_payment(self, wish: PaymentWish) -> Payment:
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
        """Have a payment come to nothing, unless it is made."""
        async with self._database.transaction(recorded=False) as tx:
            found = await queries.lock_payment(tx, payment_id)
            if found is None:
                raise ProviderRefused("The sandbox knows no such payment.")
            if found.state is not PaymentState.PENDING:
                return found
            await queries.update_payment(tx, payment_id, PaymentState.CANCELLED)
        return Payment(found.id, PaymentState.CANCELLED, found.amount_cents, found.currency)

    async def refund(self, wish: RefundWish) -> PaymentRefund:
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

    async def transfer(self, wish: TransferWish) -> PaidTransfer:
        """Pay a seller, once for each key."""
        async with self._database.transaction(recorded=False) as tx:
            if await queries.find_transfer_by_key(tx, wish.key) is None:
                _ensure_payable(await _find_account(tx, wish.account_ref))
                await queries.insert_transfer(tx, _draw("tr"), wish)
            # Or the one of whoever was quicker with the same key.
            made = await queries.find_transfer_by_key(tx, wish.key)
        assert made is not None
        if not _is_as_wished(made, wish):
            raise ProviderRefused(_KEY_REUSED)
        return _to_transfer(made)

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Look for a transfer by its group and our id."""
        async with self._database.read() as conn:
            found = await queries.find_transfer_in_group(conn, group, transfer_id)
        return None if found is None else _to_transfer(found)

    async def reverse(self, wish: ReversalWish) -> str:
        """Take back what a seller was paid, or a part, once for each key."""
        async with self._database.transaction(recorded=False) as tx:
            transfer = await queries.lock_transfer(tx, wish.transfer_ref)
            known = await queries.find_reversal_by_key(tx, wish.key)
            if known is not None:
                if (known.transfer_ref, known.amount_cents) != (
                    wish.transfer_ref,
                    wish.amount_cents,
                ):
                    raise ProviderRefused(_KEY_REUSED)
                return known.ref
            if transfer is None:
                raise ProviderRefused("The sandbox knows no such transfer.")
            if transfer.reversed_cents + wish.amount_cents > transfer.amount_cents:
                raise ProviderRefused("More would be taken back than was paid.")
            ref = _draw("trr")
            await queries.insert_reversal(tx, ref, wish)
        return ref


async def _find_account(conn: Conn, account_ref: str) -> SandboxAccount:
    found = await queries.find_account(conn, account_ref)
    if found is None:
        raise ProviderRefused("The sandbox knows no such account.")
    return found


def _ensure_payable(account: SandboxAccount) -> None:
    if account.outcome is PayoutOutcome.UNAVAILABLE:
        raise ProviderUnavailable
    if account.outcome is PayoutOutcome.FAILED:
        raise ProviderRefused("The sandbox was told to refuse transfers to this seller.")
    if not account.is_connected:
        raise ProviderRefused("The seller hasn't told yet who they are.")


def _is_as_wished(made: StoredTransfer, wish: TransferWish) -> bool:
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
