"""Money: whole cents and a currency, never a float.

All rounding of amounts is done here, half to even.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from veza.core.errors import FieldError, Invalid

# The currencies of payouts, all with two decimal places.
CURRENCIES = frozenset(
    (
        *("AED", "AUD", "BGN", "BRL", "CAD", "CHF", "CZK"),
        *("DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR"),
        *("MAD", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN"),
        *("RON", "SEK", "SGD", "THB", "TRY", "USD", "ZAR"),
    )
)

Currency = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, three letters.", examples=["EUR"])
]
# Higher than any real amount, and far below the range of a column.
MAX_CENTS = 100_000_000
# Payment providers take no smaller amount.
MIN_PRICE_CENTS = 50

type Rate = Decimal | Fraction


def take_share(cents: int, rate: Rate) -> int:
    """Return a share of an amount, rounded to a cent. A rate of 0.1 is a tenth."""
    return round(Fraction(cents) * Fraction(rate))


def vat_within(cents: int, rate: Rate) -> int:
    """Return the VAT that a gross price includes. The rate is of the net price."""
    return round(Fraction(cents) * Fraction(rate) / (1 + Fraction(rate)))


def divide(cents: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights, each part rounded to a cent. The sum is exact.

    Cents that remain go to the parts that lost most by rounding, in their order.
    """
    total = sum(weights)
    assert total > 0
    assert all(weight >= 0 for weight in weights)
    exact = [Fraction(cents * weight, total) for weight in weights]
    parts = [share.__floor__() for share in exact]
    by_loss = sorted(range(len(exact)), key=lambda index: parts[index] - exact[index])
    for index in by_loss[: cents - sum(parts)]:
        parts[index] += 1
    return parts


def write_amount(cents: int, currency: str) -> str:
    """Return an amount as text: `12.50 EUR`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d} {currency}"


def format_percent(percent: Decimal) -> str:
    """Return a rate in percent without zeros at its end: `5.5 %`."""
    text = f"{percent:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def ensure_price(cents: int, field: str = "price_cents") -> None:
    """Raise Invalid for a price that no payment provider takes, of 1 to 49 cents."""
    if 0 < cents < MIN_PRICE_CENTS:
        sentence = f"A price is 0, or at least {MIN_PRICE_CENTS} cents."
        raise Invalid(details=[FieldError(field, sentence, "price")])


def ensure_currency(currency: str, field: str = "currency") -> None:
    """Raise Invalid for a field if it is not one of the supported currencies."""
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise Invalid(details=[FieldError(field, f"This must be one of {known}.", "choice")])
