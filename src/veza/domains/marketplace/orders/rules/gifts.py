"""Words of gifts carry no addresses; the state of a gift follows from its row and its order."""

import re
from collections.abc import Mapping
from datetime import datetime

from veza.core.clock import require_future
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ProductId
from veza.core.languages import Language
from veza.core.normalize import is_normal, require_line
from veza.domains.marketplace.orders.models.checkout import OrderForm
from veza.domains.marketplace.orders.models.gifts import (
    MAX_AHEAD,
    MAX_GIFTS,
    GiftForm,
    GiftStatus,
    GiftWords,
    StoredGift,
)
from veza.domains.platform.mail.rules.cleaning import clean_line, clean_lines

# Text that mail programs turn into a link: a scheme, or a name with a dot and letters after it.
_ADDRESS = re.compile(r"://|\bwww\.|[^\W_][.\uff0e\u3002\uff61][^\W\d_]{2,}|\w@\w", re.IGNORECASE)
_NOT_NORMAL = "Enter an address whose letters other than A to Z are in lower case."
_BLANK = "Write a name: it can't be blank."
_LINK = "Leave out web and mail addresses, and put a space after each full stop."
_MAX_LINES = 30


def read_gifts(form: OrderForm, current: datetime) -> Mapping[ProductId, GiftWords]:
    """Return the gifts of an order by what they give. Raises Invalid."""
    given = {item.product_id: item.gift for item in form.items if item.gift is not None}
    if len(given) > MAX_GIFTS:
        sentence = f"An order has at most {MAX_GIFTS} gifts."
        raise Invalid(details=[FieldError("items", sentence, "too_many", MAX_GIFTS)])
    language = form.language or Language.ENGLISH
    return {key: clean_gift(gift, language, current) for key, gift in given.items()}


def clean_gift(form: GiftForm, language: Language, current: datetime) -> GiftWords:
    """Return a gift as it is stored. Raises Invalid for an address in its words, or a wrong date.

    Names and words are mailed to somebody who doesn't know this site: nothing in them may be a
    link, so that nobody writes to strangers to lead them elsewhere.
    """
    require_future(form.send_at, "items.gift.send_at", current)
    if form.send_at is not None and form.send_at > current + MAX_AHEAD:
        sentence = "Choose a date within a year."
        raise Invalid(
            details=[FieldError("items.gift.send_at", sentence, "too_many_days", MAX_AHEAD.days)]
        )
    return GiftWords(
        recipient=clean_recipient(form.recipient_email, "items.gift.recipient_email"),
        recipient_name=clean_name(form.recipient_name, "items.gift.recipient_name"),
        sender_name=_clean(form.sender_name, "items.gift.sender_name"),
        message=_clean_message(form.message),
        language=form.language or language,
        send_at=form.send_at,
    )


def clean_recipient(email: str, field: str) -> str:
    """Return the address of a recipient. Raises Invalid if it is not in its normal form."""
    if not is_normal(email):
        raise Invalid(details=[FieldError(field, _NOT_NORMAL, "not_an_email")])
    return email


def clean_name(name: str | None, field: str) -> str | None:
    """Return the name of a recipient as one line. Raises Invalid for one that is an address."""
    return None if name is None else _clean(name, field)


def has_address(text: str) -> bool:
    """Return whether a mail program would make a link of a part of a text."""
    return _ADDRESS.search(text) is not None


def status_of(gift: StoredGift) -> GiftStatus:
    """Return the state of a gift."""
    if not gift.is_paid:
        return GiftStatus.UNPAID
    if not gift.is_given:
        return GiftStatus.RETURNED
    if gift.redeemed_at is not None:
        return GiftStatus.REDEEMED
    if gift.is_held:
        return GiftStatus.HELD
    if gift.due_at is not None:
        return GiftStatus.WAITING
    return GiftStatus.SENT if gift.sent_at is not None else GiftStatus.UNDELIVERABLE


def _clean(text: str, field: str) -> str:
    line = require_line(clean_line(text), field, _BLANK)
    if has_address(line):
        raise Invalid(details=[FieldError(field, _LINK, "has_address")])
    return line


def _clean_message(text: str) -> str:
    cleaned = clean_lines(text)
    if has_address(cleaned):
        raise Invalid(details=[FieldError("items.gift.message", _LINK, "has_address")])
    return "\n".join(cleaned.split("\n")[:_MAX_LINES])
