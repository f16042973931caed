"""Versions of splits as they are proposed, stored and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ProductId, ReleaseId, SplitId, UserId
from veza.core.pages import RowRange
from veza.domains.auth.accounts.models import NamedMember

# The whole, in the unit of parts.
WHOLE = 10_000
MAX_PARTIES = 50

Parts = Annotated[
    int,
    Meta(ge=1, le=WHOLE, description="Ten-thousandths: 2500 is a quarter.", examples=[10_000]),
]


class SplitStatus(StrEnum):
    """Status of a version: `accepted` is the one that holds, `replaced` one that did."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    REPLACED = "replaced"


class SplitPartForm(Struct, frozen=True):
    """The part of a profile."""

    profile_id: UserId
    parts_per_10000: Parts


class SplitForm(Struct, frozen=True):
    """The parts of all parties, each once, which add up to 10,000."""

    parts: Annotated[list[SplitPartForm], Meta(min_length=1, max_length=MAX_PARTIES)]


class DefaultSplitForm(Struct, frozen=True):
    """The parts to propose for what is new, which add up to 10,000; none to propose nothing."""

    parts: Annotated[list[SplitPartForm], Meta(max_length=MAX_PARTIES)]


class SplitAnswer(Struct, frozen=True):
    """The id of the version that is meant; null for the one that is proposed now."""

    id: SplitId | None = None


class SplitTarget(Struct, frozen=True):
    """The product, the release or the profile whose earnings are split.

    What a profile earns by tips and memberships is its support.
    """

    product_id: ProductId | None = None
    release_id: ReleaseId | None = None
    profile_id: UserId | None = None


class SplitSubject(Struct, frozen=True):
    """A product or release, and its owner; null after their account was erased.

    A profile is the owner of its support. A product without a split of its own is split as
    `inherited_id` is, the release that it is.
    """

    owner: NamedMember | None
    inherited_id: ReleaseId | None


class SplitPart(Struct, frozen=True):
    """The part of a profile; null after its account was erased: then it is the owner's."""

    profile_id: UserId | None
    profile: NamedMember | None
    parts_per_10000: int


class DefaultSplit(Struct, frozen=True):
    """The parts that are proposed for each new product and release of a profile.

    What was the part of an account that is erased is the profile's own.
    """

    parts: list[SplitPart]


class StoredSplit(Struct, frozen=True):
    """A version with its parts in order, and the members who accepted it."""

    id: SplitId
    product_id: ProductId | None
    release_id: ReleaseId | None
    profile_id: UserId | None
    status: SplitStatus
    parts: list[SplitPart]
    accepted_by: list[UserId]
    created_at: datetime
    accepted_at: datetime | None


class NewSplit(Struct, frozen=True):
    """A version to insert."""

    id: SplitId
    target: SplitTarget
    parts: list[SplitPartForm]


class SplitProposal(Struct, frozen=True):
    """A version that doesn't hold yet: `awaited` are the profiles that have to accept it.

    All who gain or lose by it have to. If one declines it, the owner can propose another one.
    """

    id: SplitId
    status: SplitStatus
    parts: list[SplitPart]
    accepted_by: list[UserId]
    awaited: list[UserId]
    created_at: datetime


class FormerSplit(Struct, frozen=True):
    """A version that held from `accepted_at` until the next one did."""

    id: SplitId
    parts: list[SplitPart]
    accepted_at: datetime


class Splits(Struct, frozen=True):
    """The parts by which sales are split now, and the version that is proposed, if any.

    Without an `id` nothing was agreed: all is the owner's. `is_inherited` if a product is split
    as its release. `former` are the latest 20 that held before; others than the owner see those
    in which they had a part. `rule` says what becomes of a part after refunds and disputes.
    """

    id: SplitId | None
    parts: list[SplitPart]
    is_inherited: bool
    accepted_at: datetime | None
    proposal: SplitProposal | None
    former: list[FormerSplit]
    rule: str


class SplitsQuery(RowRange, frozen=True):
    """A page of a member's list."""


class OwnSplit(Struct, frozen=True):
    """A product, release or profile of whose earnings the member has or is to have a part.

    Of a profile it is what it earns by tips and memberships, and the title is its name.
    `own_parts` are what they have now: by its split or by that of the release that it is, all of it
    if it is theirs without one. `proposed_parts` are those of a proposal, 0 if they would lose
    their part, and null if nothing is proposed.
    """

    product_id: ProductId | None
    release_id: ReleaseId | None
    profile_id: UserId | None
    title: str
    own_parts: int
    proposed_parts: int | None
    has_accepted: bool


class OwnSplits(Struct, frozen=True):
    """A page of what the member has a part of, newest first."""

    splits: list[OwnSplit]


class PersonalSplit(Struct, frozen=True):
    """A version that names a member or is of their support, in the export of their data."""

    product_id: ProductId | None
    release_id: ReleaseId | None
    profile_id: UserId | None
    title: str
    status: SplitStatus
    parts_per_10000: int
    accepted_at: datetime | None
    created_at: datetime


class PersonalDefaultPart(Struct, frozen=True):
    """A part that a member proposes, or is to have by default, in the export of their data."""

    profile_id: UserId
    party_id: UserId
    parts_per_10000: int


class PersonalSplits(Struct, frozen=True):
    """The versions that name a member or are of their support, and their default split."""

    splits: list[PersonalSplit]
    default_parts: list[PersonalDefaultPart]
