"""The data of a mail to a member."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import MembershipId, UserId
from veza.core.languages import Language


class MailedMembership(Struct, frozen=True):
    """A membership as it is now, and how its member gets the mail.

    With `asked_cents` the tier costs more than the member agreed to.
    """

    id: MembershipId
    member_id: UserId
    email: str
    language: Language
    profile: str
    tier_name: str
    welcome: str
    price_cents: int
    asked_cents: int | None
    currency: str
    paid_until: datetime | None
    next_charge_at: datetime | None
