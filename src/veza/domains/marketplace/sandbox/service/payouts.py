"""The simulated payout provider of the sandbox. It processes each idempotency key once."""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from veza.core.clock import now
from veza.core.ids import UserId
from veza.core.structs import copy_fields
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.models import (
    NewOnboardingLink,
    PayoutOutcome,
    SandboxAccount,
    SandboxReversal,
    SandboxTransfer,
)
from veza.domains.marketplace.sandbox.service.payments import NAME, REFUSAL
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import (
    PaidTransfer,
    PayoutAccount,
    ReversalRequest,
    SellerFunds,
    TransferRequest,
)
from veza.infra.postgres.database import Conn, Database

NOT_CONNECTED = "The seller hasn't connected their account yet."

_LINK_LIFETIME = timedelta(minutes=5)


class SandboxPayouts:
    """A payout provider like Stripe. Admins choose how the transfers to a seller end."""

    name = NAME

    def __init__(self, database: Database, prefix: str) -> None:
        """`prefix` is the path of the API, and of the onboarding page."""
        self._database = database
        self._prefix = prefix

    async def open_account(self, key: str, *, email: str | None, country: str | None) -> str:  # noqa: ARG002 - a real provider uses them
        """Open an account, or find the existing account with this key; return its ref."""
        async with self._database.transaction(recorded=False) as tx:
            return await queries.insert_account(tx, new_ref("acct"), key)

    async def find_onboarding_url(
        self,
        account_ref: str,
        *,
        refresh_url: str,  # noqa: ARG002 - the page makes no new link
        return_url: str,
    ) -> str:
        """Return the URL of the onboarding page, which works once, for five minutes."""
        token = secrets.token_urlsafe(32)
        link = NewOnboardingLink(hash_token(token), now() + _LINK_LIFETIME, return_url)
        async with self._database.transaction(recorded=False) as tx:
            if not await queries.update_link(tx, account_ref, link):
                raise ProviderRefused("The sandbox knows no such account.")
        site = urlsplit(return_url)
        return f"{site.scheme}://{site.netloc}{self._prefix}/sandbox/onboarding/{token}"

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Return whether a seller's account is connected."""
        async with self._database.read() as conn:
            found = await _find_account(conn, account_ref)
        reason = None if found.is_connected else NOT_CONNECTED
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
                await queries.insert_transfer(tx, new_ref("tr"), request)
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
                made = SandboxReversal(new_ref("trr"), request.transfer_ref, request.amount_cents)
                await queries.insert_reversal(tx, made.ref, request)
        if (made.transfer_ref, made.amount_cents) != (request.transfer_ref, request.amount_cents):
            raise ProviderUnavailable
        return made.ref


def account_key(user_id: UserId) -> str:
    """Return the idempotency key with which a seller's account is opened."""
    return f"account:{user_id}"


async def _find_account(conn: Conn, account_ref: str) -> SandboxAccount:
    found = await queries.find_account(conn, account_ref)
    if found is None:
        raise ProviderRefused("The sandbox knows no such account.")
    return found


def _ensure_payable(account: SandboxAccount) -> None:
    if account.outcome is PayoutOutcome.UNAVAILABLE:
        raise ProviderUnavailable
    if account.outcome is PayoutOutcome.FAILED:
        raise ProviderRefused(REFUSAL)
    if not account.is_connected:
        raise ProviderRefused(NOT_CONNECTED)


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


def hash_token(token: str) -> bytes:
    """Return the hash under which the token of a link is stored."""
    return hashlib.sha256(token.encode()).digest()


def new_ref(kind: str) -> str:
    """Return a new id of an account, a transfer or a reversal."""
    return f"{kind}_{secrets.token_hex(12)}"
