"""Payout accounts are checked soon after onboarding began, and later less often."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.errors import FieldError, Invalid
from veza.core.ids import UserId
from veza.core.money import ensure_currency
from veza.core.money_mode import MoneyMode
from veza.core.normalize import require_text
from veza.core.signed_urls import Resource, UrlBuilder, UrlSignature
from veza.core.structs import copy_fields
from veza.domains.marketplace.ledger.models import Balance
from veza.domains.marketplace.sellers.models import (
    CurrencyBalance,
    OtherModeBalance,
    PayoutAccountStatus,
    PayoutAccountUpdate,
    SellerBalance,
    SellerProfile,
    SellerProfileChange,
    StoredPayoutAccount,
    StoredSellerProfile,
)
from veza.domains.marketplace.taxes.models import SellerTax, VatRegime

_MIN_CHECK_INTERVAL = timedelta(minutes=1)
_MAX_CHECK_INTERVAL = timedelta(days=1)
_RATE_PRECISION = Decimal("0.0001")
_RETURN_TOKEN = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,12})\.([\w-]{1,64})", re.ASCII)


def merge(profile: StoredSellerProfile, change: SellerProfileChange) -> StoredSellerProfile:
    """Return a profile after a change. Raises Invalid, with the field."""
    if change.currency is not UNSET:
        ensure_currency(change.currency)
    changed = {
        name: _clean(name, value)
        for name, value in structs.asdict(change).items()
        if value is not UNSET and name != "vat_regime"
    }
    merged = structs.replace(profile, **changed)
    regime = find_regime(profile) if change.vat_regime is UNSET else change.vat_regime
    if change.vat_regime is UNSET and regime is not VatRegime.DESTINATION:
        return merged
    return _choose(merged, regime)


def find_regime(profile: StoredSellerProfile) -> VatRegime:
    """Return the tax that a seller declares."""
    if profile.vat_by_destination:
        return VatRegime.DESTINATION
    return VatRegime.NONE if profile.vat_rate is None else VatRegime.DOMESTIC


def tax_terms(profile: StoredSellerProfile) -> SellerTax:
    """Return a seller as the tax of their sales depends on them."""
    percent = None if profile.vat_rate is None else profile.vat_rate * 100
    return SellerTax(find_regime(profile), profile.country, profile.vat_id, percent)


def _choose(profile: StoredSellerProfile, regime: VatRegime) -> StoredSellerProfile:
    """Return a profile with a regime. Raises Invalid if what it needs is missing."""
    if regime is VatRegime.DOMESTIC:
        if profile.vat_rate is None:
            sentence = "Say the rate of VAT that your prices include."
            raise Invalid(details=[FieldError("vat_rate", sentence, "missing")])
        return structs.replace(profile, vat_by_destination=False)
    is_destination = regime is VatRegime.DESTINATION
    if is_destination and profile.country is None:
        sentence = "Say your country: your sales in it are not cross-border."
        raise Invalid(details=[FieldError("country", sentence, "missing")])
    return structs.replace(profile, vat_rate=None, vat_by_destination=is_destination)


def _clean(name: str, value: str | float | None) -> str | Decimal | None:
    if isinstance(value, str):
        return require_text(value, name, "This is empty: leave it out, or send null.")
    if value is None:
        return None
    # The text of the float has the digits that were sent.
    return Decimal(str(value)).quantize(_RATE_PRECISION, ROUND_HALF_EVEN)


def show_profile(profile: StoredSellerProfile) -> SellerProfile:
    """Return a profile as its seller sees it."""
    rate = None if profile.vat_rate is None else float(profile.vat_rate)
    return copy_fields(SellerProfile, profile, vat_rate=rate, vat_regime=find_regime(profile))


def account_update(
    status: PayoutAccountStatus, *, is_connected: bool, reason: str | None
) -> PayoutAccountUpdate:
    """Return the new status of an account, from its previous status and the provider's report."""
    if is_connected:
        return PayoutAccountUpdate(PayoutAccountStatus.CONNECTED, None)
    was_connected = status is not PayoutAccountStatus.ONBOARDING
    return PayoutAccountUpdate(
        PayoutAccountStatus.RESTRICTED if was_connected else PayoutAccountStatus.ONBOARDING, reason
    )


def next_check_at(moment: datetime, onboarding_started_at: datetime) -> datetime:
    """Return when to check an account next: soon after the onboarding started, later less often.

    Webhooks and returning sellers cause earlier checks; this check covers lost webhooks.
    """
    interval = (moment - onboarding_started_at) / 4
    return moment + min(max(interval, _MIN_CHECK_INTERVAL), _MAX_CHECK_INTERVAL)


def show_balance(
    balances: list[Balance],
    profile: StoredSellerProfile,
    account: StoredPayoutAccount | None,
    *,
    mode: MoneyMode,
    fee_rate: Decimal,
) -> SellerBalance:
    """Return the balance of a seller in a mode, and their balance in the other mode."""
    current = [balance for balance in balances if balance.mode is mode]
    others = [balance for balance in balances if balance.mode is not mode]
    own = next((found for found in current if found.currency == profile.currency), None)
    status = account and account.status
    return SellerBalance(
        connected=status is PayoutAccountStatus.CONNECTED,
        available=own.paid_cents if own else 0,
        pending=own.earned_cents if own else 0,
        currency=profile.currency,
        by_currency=_list_currencies(current),
        account_status=status,
        account_reason=account and account.reason,
        mode=mode,
        other_mode=OtherModeBalance(others[0].mode, _list_currencies(others)) if others else None,
        fee_rate=float(fee_rate),
    )


def _list_currencies(balances: list[Balance]) -> list[CurrencyBalance]:
    return [
        CurrencyBalance(balance.currency, balance.paid_cents, balance.earned_cents)
        for balance in balances
    ]


def return_url(user_id: UserId, urls: UrlBuilder) -> str:
    """Return the signed URL to which a seller returns, where browsers send no token."""
    signature = urls.signer.sign(Resource.ONBOARDING, user_id, expires=urls.expires)
    return f"{urls.base}/sell/connect/return/{user_id}.{urls.expires}.{signature}"


def parse_return_token(token: str) -> tuple[UserId, UrlSignature] | None:
    """Return the seller and the signature of a return URL; None if it is malformed."""
    match = _RETURN_TOKEN.fullmatch(token)
    return match and (UserId(UUID(match[1])), UrlSignature(int(match[2]), match[3]))
