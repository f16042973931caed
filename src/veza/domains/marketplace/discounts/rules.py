"""The discount of a code for a cart, and when it may be used."""

import re
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from msgspec import structs

from veza.core.clock import require_finite
from veza.core.errors import FieldError, Invalid
from veza.core.normalize import lower_ascii, require_line
from veza.domains.marketplace.discounts.errors import (
    DiscountAlreadyUsed,
    DiscountEnded,
    DiscountNotApplicable,
    DiscountNotFound,
    DiscountNotStarted,
    DiscountUsedUp,
)
from veza.domains.marketplace.discounts.models import (
    Discount,
    DiscountForm,
    DiscountLimits,
    StoredDiscount,
    WantedDiscount,
)
from veza.domains.marketplace.prices.models import DiscountTerms
from veza.domains.marketplace.prices.rules import applies_to

_CODE = re.compile("[a-z0-9-]{2,40}")


def read_code(typed: str) -> str | None:
    """Return a typed code as codes are compared; None if it can't be one."""
    code = lower_ascii(typed.strip())
    return code if _CODE.fullmatch(code) else None


def choose(found: Sequence[StoredDiscount], wanted: WantedDiscount) -> StoredDiscount:
    """Return the discount of a code for a cart: that of the first product that one is for.

    Raises DiscountNotFound if no seller in the cart has the code, and DiscountNotApplicable.
    """
    if not found:
        raise DiscountNotFound
    for item in wanted.items:
        for discount in found:
            is_payable = discount.currency in {None, wanted.currency}
            if is_payable and applies_to(terms_of(discount), item):
                return discount
    raise DiscountNotApplicable


def ensure_valid(discount: StoredDiscount, moment: datetime, *, buyer_uses: int) -> None:
    """Raise DiscountNotStarted, DiscountEnded, DiscountUsedUp or DiscountAlreadyUsed."""
    if discount.starts_at is not None and moment < discount.starts_at:
        raise DiscountNotStarted
    if discount.ends_at is not None and moment >= discount.ends_at:
        raise DiscountEnded
    if discount.max_uses is not None and discount.used_count >= discount.max_uses:
        raise DiscountUsedUp
    if discount.max_uses_per_buyer is not None and buyer_uses >= discount.max_uses_per_buyer:
        raise DiscountAlreadyUsed


def terms_of(discount: StoredDiscount) -> DiscountTerms:
    """Return what a discount takes off the prices of a cart."""
    listed = discount.product_ids
    return DiscountTerms(
        id=discount.id,
        code=discount.code,
        seller_id=discount.seller_id,
        product_ids=None if listed is None else frozenset(listed),
        rate=None if discount.percent is None else Fraction(discount.percent, 100),
        amount_cents=discount.amount_cents or 0,
    )


def end(discount: Discount, moment: datetime) -> Discount:
    """Return a discount that ended by a moment. One that would start later is never valid."""
    if discount.ends_at is not None and discount.ends_at <= moment:
        return discount
    is_to_come = discount.starts_at is not None and discount.starts_at >= moment
    starts_at = None if is_to_come else discount.starts_at
    return structs.replace(discount, starts_at=starts_at, ends_at=moment)


def ensure_one_kind(form: DiscountForm) -> None:
    """Raise Invalid unless a new discount has either a percentage or an amount."""
    if (form.percent is None) == (form.amount_cents is None):
        sentence = "A discount is a percentage or an amount, not both."
        raise Invalid(details=[FieldError("percent", sentence, "one_kind")])


def clean_limits[Changed: DiscountLimits | Discount](limits: Changed) -> Changed:
    """Return limits with a label in one line and each product once. Raises Invalid."""
    require_finite(limits.starts_at, "starts_at")
    require_finite(limits.ends_at, "ends_at")
    _ensure_period(limits.starts_at, limits.ends_at)
    label, listed = limits.label, limits.product_ids
    if label is not None:
        label = require_line(label, "label", "Enter a label, or leave it out.")
    products = None if listed is None else list(dict.fromkeys(listed))
    return structs.replace(limits, label=label, product_ids=products)


def _ensure_period(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raise Invalid for a discount that ends before it starts."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        sentence = "A discount ends after it starts."
        raise Invalid(details=[FieldError("ends_at", sentence, "reversed")])
