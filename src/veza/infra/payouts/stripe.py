"""A client for Stripe Connect: Express accounts, transfers to them, and reversals.

It uses "separate charges and transfers", so one order can pay several sellers and another provider
can take the buyer's money.
"""

import asyncio
import hashlib
from collections.abc import Awaitable

import msgspec
import stripe
from msgspec import Struct
from stripe.params import AccountCreateParams, TransferListParams

from veza.infra.payments.call_metrics import PROVIDER_CALLS
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable, write_reason
from veza.infra.payouts.provider import (
    STRIPE,
    PaidTransfer,
    PayoutAccount,
    ReversalRequest,
    SellerFunds,
    TransferRequest,
)

# Between two pieces of a response. A whole call may take three times as long.
TIMEOUT_S = 10.0
_API = "https://api.stripe.com"
# Errors after which the same request may succeed later.
_PASSING = {"balance_insufficient", "insufficient_funds", "lock_timeout"}
_PAGE = 100
# A transfer group is an order, which has far fewer lines.
_MAX_PAGES = 10


class StripeSettings(Struct, frozen=True):
    """The credentials, and the address of Stripe, which only tests change."""

    secret_key: str
    base_url: str = _API


class _Created(Struct, frozen=True):
    id: str


class _Link(Struct, frozen=True):
    url: str


class _Capabilities(Struct, frozen=True):
    transfers: str | None = None


class _Requirements(Struct, frozen=True):
    disabled_reason: str | None = None


class _Account(Struct, frozen=True):
    """An account. Stripe omits fields without a value."""

    id: str
    payouts_enabled: bool = False
    capabilities: _Capabilities | None = None
    requirements: _Requirements | None = None


class _Sum(Struct, frozen=True):
    currency: str
    amount: int


class _Balance(Struct, frozen=True):
    available: list[_Sum]
    pending: list[_Sum]


class _Transfer(Struct, frozen=True):
    id: str
    amount: int
    amount_reversed: int
    currency: str
    metadata: dict[str, str] | None = None


class _TransferPage(Struct, frozen=True):
    data: list[_Transfer]
    has_more: bool


class Stripe:
    """Wraps the official SDK: translates its errors and validates responses."""

    name = STRIPE

    def __init__(self, settings: StripeSettings, timeout_s: float = TIMEOUT_S) -> None:
        PROVIDER_CALLS.declare("stripe")
        self._call_timeout_s = 3 * timeout_s
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        # No retries in the SDK: callers retry, and should notice an outage.
        self._client = stripe.StripeClient(
            settings.secret_key,
            base_addresses={"api": settings.base_url},
            http_client=self._http,
            max_network_retries=0,
        ).v1

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    async def open_account(self, key: str, *, email: str | None, country: str | None) -> str:
        """Open an Express account, which can be paid after onboarding.

        The email and country are part of the idempotency key: Stripe refuses a key with different
        parameters for a day. A retry with different ones therefore opens another account.
        """
        params: AccountCreateParams = {
            "type": "express",
            "capabilities": {"transfers": {"requested": True}},
        }
        if email is not None:
            params["email"] = email
        if country is not None:
            params["country"] = country
        digest = hashlib.sha256(f"{email}\n{country}".encode()).hexdigest()[:16]
        call = self._client.accounts.create_async(params, {"idempotency_key": f"{key}:{digest}"})
        return (await self._run(call, _Created)).id

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        """Return the URL of an account link, which works once, for five minutes."""
        call = self._client.account_links.create_async(
            {
                "account": account_ref,
                "type": "account_onboarding",
                "refresh_url": refresh_url,
                "return_url": return_url,
            }
        )
        return (await self._run(call, _Link)).url

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Return whether a seller's account accepts transfers, or the reason why not."""
        found = await self._run(self._client.accounts.retrieve_async(account_ref), _Account)
        is_active = found.capabilities is not None and found.capabilities.transfers == "active"
        return PayoutAccount(
            ref=found.id,
            is_connected=is_active and found.payouts_enabled,
            reason=None if found.requirements is None else found.requirements.disabled_reason,
        )

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Return a seller's balance in each currency."""
        call = self._client.balance.retrieve_async(options={"stripe_account": account_ref})
        found = await self._run(call, _Balance)
        pending = {funds.currency: funds.amount for funds in found.pending}
        available = {funds.currency: funds.amount for funds in found.available}
        return [
            SellerFunds(code.upper(), available.get(code, 0), pending.get(code, 0))
            for code in sorted(available.keys() | pending.keys())
        ]

    async def transfer(self, request: TransferRequest) -> PaidTransfer:
        """Pay a seller, once for each key."""
        call = self._client.transfers.create_async(
            {
                "amount": request.amount_cents,
                "currency": request.currency.lower(),
                "destination": request.account_ref,
                "transfer_group": request.group,
                "metadata": {"transfer_id": request.transfer_id},
            },
            {"idempotency_key": request.key},
        )
        return _to_transfer(await self._run(call, _Transfer))

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Return a transfer by its group and our id. Stripe may have forgotten its key already."""
        params: TransferListParams = {"transfer_group": group, "limit": _PAGE}
        for _ in range(_MAX_PAGES):
            page = await self._run(self._client.transfers.list_async(params), _TransferPage)
            for transfer in page.data:
                if (transfer.metadata or {}).get("transfer_id") == transfer_id:
                    return _to_transfer(transfer)
            if not page.has_more or not page.data:
                return None
            params["starting_after"] = page.data[-1].id
        # It may be on a later page.
        raise ProviderUnavailable

    async def reverse(self, request: ReversalRequest) -> str:
        """Reverse a transfer; refused if the seller's balance is too low."""
        call = self._client.transfers.reversals.create_async(
            request.transfer_ref, {"amount": request.amount_cents}, {"idempotency_key": request.key}
        )
        return (await self._run(call, _Created)).id

    async def _run[T: Struct](self, call: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
        """Return the decoded result of a call. Raises ProviderUnavailable and ProviderRefused."""
        with PROVIDER_CALLS.measure("stripe"):
            return await self._decode(call, kind)

    async def _decode[T: Struct](self, call: Awaitable[stripe.StripeObject], kind: type[T]) -> T:
        try:
            async with asyncio.timeout(self._call_timeout_s):
                answer: object = await call
        except (stripe.InvalidRequestError, stripe.PermissionError, stripe.CardError) as error:
            said = write_reason(error.code, error.user_message)
            reason = said or "Stripe refused, and didn't say why."
            raise ProviderRefused(reason, is_passing=error.code in _PASSING) from error
        except (stripe.StripeError, TimeoutError, UnicodeDecodeError) as error:
            # Includes a wrong API key, and a key that is in use or was used for a different call:
            # that call may have been processed.
            raise ProviderUnavailable from error
        try:
            return msgspec.convert(_to_plain(answer), kind)
        except msgspec.ValidationError as error:
            # From a proxy or an unknown API version: the request may have been processed.
            raise ProviderUnavailable from error


def _to_plain(answer: object) -> object:
    return answer.to_dict() if isinstance(answer, stripe.StripeObject) else answer


def _to_transfer(found: _Transfer) -> PaidTransfer:
    return PaidTransfer(
        ref=found.id,
        amount_cents=found.amount,
        currency=found.currency.upper(),
        reversed_cents=found.amount_reversed,
    )
