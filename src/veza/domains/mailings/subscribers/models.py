"""Subscriptions as they are asked for, counted, imported and exported."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import BroadcastId, MailSubscriptionId, ProfileId, UserId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email
from veza.domains.auth.sign_up.models import ProofSolution

SubscriberToken = Annotated[
    str,
    Meta(
        max_length=300,
        pattern=r"^[a-z0-9._A-Z-]*$(?!\n)",
        description="What stands behind `#token=` in the link of the mail.",
    ),
]


class SubscriptionSource(StrEnum):
    """The source of a subscription: the public form, an import, or a member's choice."""

    FORM = "form"
    IMPORT = "import"
    MEMBER = "member"


class SubscriptionStatus(StrEnum):
    """The state of a subscription: not confirmed yet, confirmed, or over."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class SubscribeForm(Struct, frozen=True):
    """An address that asks for mail of a profile, and the language of the mail to confirm it."""

    email: Email
    language: Language = Language.ENGLISH
    proof: Annotated[ProofSolution | None, Meta(examples=[None])] = None


class SubscriberConfirmation(Struct, frozen=True):
    """The token of a mailed link."""

    token: SubscriberToken


class NamedSender(Struct, frozen=True):
    """The profile whose mail a link is about."""

    profile_id: ProfileId
    handle: str
    display_name: str


class MemberSubscriptionForm(Struct, frozen=True):
    """Your choice to get mail of a profile, which then gets your address."""

    subscribed: bool


class MemberSubscription(Struct, frozen=True):
    """Your choice about mail of a profile. Followers get mail unless they have ended it."""

    subscribed: bool
    ended: bool


class SubscriberCounts(Struct, frozen=True):
    """The subscriptions of a profile, up to 100,000 of each."""

    confirmed: int
    pending: int


class ImportForm(Struct, frozen=True):
    """A list as CSV: the first address in each line is asked to confirm, by one mail."""

    csv: Annotated[str, Meta(min_length=3, max_length=500_000, examples=["ada@example.com\n"])]
    language: Language = Language.ENGLISH


class ImportResult(Struct, frozen=True):
    """The number of addresses that get a confirmation mail, and of lines without a usable address.

    Others are in your list, or were asked before.
    """

    asked: int
    known: int
    invalid: int


class NewSubscription(Struct, frozen=True):
    """An address that is asked to confirm."""

    profile_id: UserId
    email: str
    address_hash: bytes
    source: SubscriptionSource
    language: Language


class StoredSubscription(Struct, frozen=True):
    """A subscription of an address that waits to be confirmed, with the name of the profile."""

    id: MailSubscriptionId
    profile_id: UserId
    email: str
    source: SubscriptionSource
    language: Language
    expires_at: datetime
    sender: str


class LockedSubscription(Struct, frozen=True):
    """A subscription of an address while it is confirmed. `expires_at` is in its link."""

    status: SubscriptionStatus
    profile_id: UserId
    expires_at: datetime
    is_open: bool


class ExportedSubscriber(Struct, frozen=True):
    """A row of a list that a profile takes out, with the proof of consent."""

    id: MailSubscriptionId
    email: str
    source: SubscriptionSource
    confirmed_at: datetime
    network: str
    text_version: int


class MemberConsent(Struct, frozen=True):
    """A member who wants mail of a profile, and the version of the words that they agreed to."""

    profile_id: UserId
    user_id: UserId
    text_version: int


class SubscribedAddress(Struct, frozen=True):
    """An address, and the account that has it, if any."""

    address_hash: bytes
    user_id: UserId | None


class UnsubscribeLink(Struct, frozen=True):
    """The content of a signed link to unsubscribe from a profile, for a member or an address.

    `broadcast_id` is that of the mail that it stands in.
    """

    profile_id: UserId
    is_member: bool
    subject_id: UUID
    broadcast_id: BroadcastId | None = None


class SendConfirmation(Struct, frozen=True):
    """Job: mail the link by which an address that a person entered is confirmed."""

    subscription_id: MailSubscriptionId


class AskImported(Struct, frozen=True):
    """Job: mail the links by which imported addresses are confirmed."""


class PersonalSubscription(Struct, frozen=True):
    """A subscription in an export of personal data, as a member or by the address."""

    profile: str
    source: SubscriptionSource
    status: SubscriptionStatus
    created_at: datetime
    confirmed_at: datetime | None
    network: str | None
    text_version: int | None
    ended_at: datetime | None
