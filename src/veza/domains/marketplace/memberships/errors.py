"""Refusals of memberships."""

from veza.core.errors import Conflict, NotFound


class MembershipNotFound(NotFound):
    """The caller has no such membership."""

    code = "membership_not_found"
    message = "You have no such membership."


class AlreadyMember(Conflict):
    """The caller is a member of the profile."""

    code = "already_member"
    message = "You are a member of this profile already: change your tier there."


class OwnProfileMembership(Conflict):
    """The member asked to join a tier of their own profile."""

    code = "own_membership"
    message = "This is your own profile: choose another one to support."


class MembershipEnded(Conflict):
    """The membership has ended for good."""

    code = "membership_ended"
    message = "This membership has ended: you can become a member again."


class MembershipCancelled(Conflict):
    """The membership ends with what is paid."""

    code = "membership_cancelled"
    message = "You have cancelled this membership: take that back first."


class MembershipUnpaid(Conflict):
    """The period that began is not paid."""

    code = "membership_unpaid"
    message = "The current period is not paid yet: pay for it first."


class MembershipNotPossible(Conflict):
    """The state of the membership does not allow the change."""

    code = "membership_not_possible"
    message = "This is not possible for the membership as it is now."


class MembershipPriceChanged(Conflict):
    """The price is not the one that the caller saw."""

    code = "membership_price_changed"
    message = "The price is another one meanwhile: look at it, and decide again."


CHANGE_ERRORS = (
    MembershipNotFound,
    MembershipEnded,
    MembershipCancelled,
    MembershipUnpaid,
    MembershipNotPossible,
)
