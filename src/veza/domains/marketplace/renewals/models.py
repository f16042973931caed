"""Requests of members that need an order, and the jobs that renew."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import MembershipId, ProfileId, TierId
from veza.domains.marketplace.memberships.models.shown import OwnMembership
from veza.domains.marketplace.orders.models.checkout import Order
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.domains.marketplace.tiers.models import BillingInterval
from veza.domains.marketplace.tips.models import TipCents, TipWords

MonthlyCents = Annotated[TipCents, Meta(description="Of a monthly tip.")]


class MembershipForm(Struct, frozen=True):
    """A new membership: of a tier by the month or year, or a monthly tip to a profile.

    By the `billing` details, renewals are taxed as well. The profile reads the `message` of a
    monthly tip in the list of its members.
    """

    tier_id: Annotated[TierId | None, Meta(examples=[None])] = None
    interval: BillingInterval = BillingInterval.MONTH
    profile_id: ProfileId | None = None
    amount_cents: MonthlyCents | None = None
    billing: BillingDetails | None = None
    message: TipWords | None = None


class TierChoice(Struct, frozen=True):
    """The tier that a member wants, and how they pay for it."""

    tier_id: TierId
    interval: BillingInterval = BillingInterval.MONTH


class WantedTier(TierChoice, frozen=True, kw_only=True):
    """The tier that a member wants in a membership."""

    membership_id: MembershipId


class MembershipOrder(Struct, frozen=True):
    """A membership, and the order that its member has to pay now; null if there is none."""

    membership: OwnMembership
    order: Order | None


class RenewMembership(Struct, frozen=True):
    """Job: charge the period of a membership that is due."""

    membership_id: MembershipId
