"""Words and prices of tiers."""

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.normalize import require_text
from veza.domains.marketplace.tiers.models import BillingInterval, TierContent


def clean[T: TierContent](content: T) -> T:
    """Return a tier with its words cleaned. Raises Invalid for one without a name or a price."""
    if content.monthly_cents is None and content.yearly_cents is None:
        sentence = "Set the price of a month, of a year, or both."
        raise Invalid(details=[FieldError("monthly_cents", sentence, "missing")])
    return structs.replace(
        content,
        name=require_text(content.name, "name", "A tier needs a name."),
        description=content.description.strip(),
        welcome=content.welcome.strip(),
    )


def is_dearer(before: TierContent, after: TierContent) -> bool:
    """Return whether a month or a year costs more than before."""
    return any(
        (after.find_price(interval) or 0) > (before.find_price(interval) or 0)
        for interval in BillingInterval
    )
