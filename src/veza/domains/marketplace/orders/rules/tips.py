"""Tips as lines of orders."""

from collections.abc import Mapping, Sequence

from veza.core.errors import FieldError, Invalid
from veza.core.ids import OrderItemId, SubjectId, UserId, new_id
from veza.core.money import MIN_PRICE_CENTS, Rate, take_share
from veza.domains.marketplace.orders.models.checkout import NewOrderLine
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.orders.rules.checkout import freeze_shares
from veza.domains.marketplace.orders.rules.gifts import has_address
from veza.domains.marketplace.splits.models import SplitPartForm
from veza.domains.marketplace.tips.models import NewTip, OrderedTip, TipForm


def ensure_tips(tips: Sequence[TipForm]) -> None:
    """Raise Invalid if a profile is tipped twice, or a message has an address.

    Strangers write to members with tips: nothing in their words may be a link.
    """
    if len({tip.profile_id for tip in tips}) < len(tips):
        sentence = "Each profile can be tipped once in an order."
        raise Invalid(details=[FieldError("tips", sentence, "repeated")])
    for tip in tips:
        ensure_words(tip.message, "tips.message")


def ensure_words(message: str, field: str) -> None:
    """Raise Invalid if words for a profile have an address."""
    if has_address(message):
        sentence = "Leave out web and mail addresses, and put a space after each full stop."
        raise Invalid(details=[FieldError(field, sentence, "has_address")])


def make_tip_lines(
    tips: Sequence[OrderedTip],
    subjects: Mapping[UserId, SubjectId],
    *,
    parts: Mapping[UserId, Sequence[SplitPartForm]],
    fee_rate: Rate,
) -> list[NewOrderLine]:
    """Return the lines of tips, with the platform's fee and what the parties of the profile get."""
    fees = [take_share(tip.amount_cents, fee_rate) for tip in tips]
    return [
        NewOrderLine(
            id=OrderItemId(new_id()),
            kind=LineKind.TIP,
            product_id=None,
            seller_id=tip.jar.profile_id,
            seller_subject=subjects[tip.jar.profile_id],
            title=tip.jar.name,
            licence="",
            reductions=[],
            minimum_cents=MIN_PRICE_CENTS,
            price_cents=tip.amount_cents,
            fee_cents=fee,
            net_cents=tip.amount_cents - fee,
            parts=freeze_shares(tip.jar.profile_id, parts[tip.jar.profile_id], subjects),
            message=tip.message,
        )
        for tip, fee in zip(tips, fees, strict=True)
    ]


def list_tips(lines: Sequence[NewOrderLine]) -> list[NewTip]:
    """Return the tips of lines, as they are stored: also the words with the first monthly one."""
    return [
        NewTip(line.id, line.message)
        for line in lines
        if line.kind is LineKind.TIP or line.message is not None
    ]
