"""Decisions without I/O: everything here can be tested with plain values."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.errors import Fault, Invalid
from veza.core.ids import UserId
from veza.core.money import CURRENCIES
from veza.core.money_mode import MoneyMode
from veza.core.signed_urls import Resource, UrlBuilder, UrlSignature
from veza.domains.marketplace.ledger.models import Balance
from veza.domains.marketplace.sellers.models import (
    AccountNews,
    AccountStatus,
    CurrencyBalance,
    OtherBalance,
    PayoutAccountRow,
    ProfileChange,
    SellerBalance,
    SellerProfile,
    ShownProfile,
)

_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(days=1)
_DIGITS_OF_RATE = Decimal("0.0001")
_RETURN_TOKEN = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,12})\.([\w-]{1,64})", re.ASCII)


def merge(profile: SellerProfile, change: ProfileChange) -> SellerProfile:
    """Tell what a seller says of themselves after a change. Raises Invalid, naming the field."""
    if change.currency is not UNSET and change.currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise Invalid(details=[Fault("currency", f"This must be one of {known}.")])
    changed = {
        name: _clean(name, value)
        for name, value in structs.asdict(change).items()
        if value is not UNSET
    }
    return structs.replace(profile, **changed)


def _clean(name: str, value: str | float | None) -> str | Decimal | None:
    if isinstance(value, str):
        value = value.strip()
        if not value:
            raise Invalid(details=[Fault(name, "This holds nothing: leave it out, or say null.")])
        return value
    if value is None:
        return None
    # By its digits: what a float holds beside them nobody has written.
    return Decimal(str(value)).quantize(_DIGITS_OF_RATE, ROUND_HALF_EVEN)


def show_profile(profile: SellerProfile) -> ShownProfile:
    """Show a seller what they said of themselves."""
    return ShownProfile(
        legal_name=profile.legal_name,
        address=profile.address,
        country=profile.country,
        vat_id=profile.vat_id,
        vat_rate=None if profile.vat_rate is None else float(profile.vat_rate),
        currency=profile.currency,
    )


def news_of(status: AccountStatus, *, is_connected: bool, reason: str | None) -> AccountNews:
    """Tell how an account stands by what the company says of it now."""
    if is_connected:
        return AccountNews(AccountStatus.CONNECTED, None)
    was_connected = status is not AccountStatus.ONBOARDING
    return AccountNews(
        AccountStatus.RESTRICTED if was_connected else AccountStatus.ONBOARDING, reason
    )


def ask_again_at(moment: datetime, onboarded_at: datetime) -> datetime:
    """Tell when to ask the company next: soon after a seller set out, later less often.

    What is heard by a webhook or by the seller's return comes sooner; this is for what is lost.
    """
    return moment + min(max((moment - onboarded_at) / 4, _SHORTEST), _LONGEST)


def sum_up(
    balances: list[Balance],
    profile: SellerProfile,
    account: PayoutAccountRow | None,
    *,
    mode: MoneyMode,
) -> SellerBalance:
    """Show what a seller has in a mode, in their own currency and in all; the other mode apart."""
    current = [one for one in balances if one.mode is mode]
    others = [one for one in balances if one.mode is not mode]
    own = next((one for one in current if one.currency == profile.currency), None)
    status = account and account.status
    return SellerBalance(
        connected=status is AccountStatus.CONNECTED,
        available=own.paid_cents if own else 0,
        pending=own.earned_cents if own else 0,
        currency=profile.currency,
        by_currency=_list_currencies(current),
        account_status=status,
        account_reason=account and account.reason,
        mode=mode,
        other_mode=OtherBalance(others[0].mode, _list_currencies(others)) if others else None,
    )


def _list_currencies(balances: list[Balance]) -> list[CurrencyBalance]:
    return [CurrencyBalance(one.currency, one.paid_cents, one.earned_cents) for one in balances]


def return_url(user_id: UserId, urls: UrlBuilder) -> str:
    """Write the address to which a seller comes back, signed: a browser sends no token along."""
    signature = urls.signer.sign(Resource.ONBOARDING, user_id, expires=urls.expires)
    return f"{urls.base}/sell/connect/return/{user_id}.{urls.expires}.{signature}"


def read_return_token(token: str) -> tuple[UserId, UrlSignature] | None:
    """Return the seller and the signature in such an address; None where it is malformed."""
    match = _RETURN_TOKEN.fullmatch(token)
    return match and (UserId(UUID(match[1])), UrlSignature(int(match[2]), match[3]))
