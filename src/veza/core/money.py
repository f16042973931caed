"""Money: whole cents beside their currency, never a float; how a sum is shared, and none lost.

Every rounding of the program is here, half to even, so that it is the same everywhere.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from msgspec import Meta

# Those with two digits behind the point, in which people are paid; others have none, or three.
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
# More than anybody pays at once, and far below what a column holds.
MAX_CENTS = 100_000_000

type Rate = Decimal | Fraction


def take_share(cents: int, rate: Rate) -> int:
    """Tell how much a share of a sum is (a rate of 0.1 is a tenth), to a cent."""
    return round(Fraction(cents) * Fraction(rate))


def vat_within(cents: int, rate: Rate) -> int:
    """Tell how much of a price that includes it is VAT, at a rate of the net price."""
    return round(Fraction(cents) * Fraction(rate) / (1 + Fraction(rate)))


def divide(cents: int, weights: Sequence[int]) -> list[int]:
    """Divide a sum in proportion to weights; the parts sum up to it, each within a cent of its due.

    The cents that rounding leaves go to the parts that it cut most, the first of them first.
    """
    whole = sum(weights)
    assert whole > 0
    assert all(weight >= 0 for weight in weights)
    dues = [Fraction(cents * weight, whole) for weight in weights]
    parts = [due.__floor__() for due in dues]
    by_loss = sorted(range(len(dues)), key=lambda place: parts[place] - dues[place])
    for place in by_loss[: cents - sum(parts)]:
        parts[place] += 1
    return parts


def write_amount(cents: int, currency: str) -> str:
    """Write a sum for people: `12.50 EUR`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d} {currency}"
