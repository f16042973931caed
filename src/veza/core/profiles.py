"""Kinds of profiles, roles in those that several members run, and what each role may do.

A route declares the right that it needs as `right=`; without one it is for accounts alone.
"""

from enum import StrEnum

from veza.core.errors import Forbidden, NotFound


class ProfileKind(StrEnum):
    """The kind of a profile. A member's own is a person; the others are pages."""

    PERSON = "person"
    ARTIST = "artist"
    BAND = "band"
    LABEL = "label"
    PODCAST = "podcast"


class PageKind(StrEnum):
    """The kind of a profile that members create and run, one or several together."""

    ARTIST = "artist"
    BAND = "band"
    LABEL = "label"
    PODCAST = "podcast"


class ProfileRole(StrEnum):
    """The role of a member in a profile."""

    OWNER = "owner"
    MANAGER = "manager"
    EDITOR = "editor"
    UPLOADER = "uploader"
    MODERATOR = "moderator"
    FINANCE = "finance"


class Right(StrEnum):
    """A right that a route requires of a member who acts as a profile."""

    # What the profile sees, its drafts and figures included.
    READ = "read"
    # Tracks, releases, playlists, streams, pictures and files.
    PUBLISH = "publish"
    # Posts, comments, messages, likes and follows under its name, and its notifications.
    SPEAK = "speak"
    # Removing comments of others, blocking and muting.
    MODERATE = "moderate"
    # What is for sale, and at what price.
    SELL = "sell"
    # Orders, refunds, invoices, balances, payouts and the legal identity.
    MONEY = "money"
    # How the profile presents itself, and who is in it.
    MANAGE = "manage"
    # Handing it over, deleting it, and taking its data out.
    OWN = "own"


_RIGHTS = {
    ProfileRole.OWNER: frozenset(Right),
    ProfileRole.MANAGER: frozenset(Right) - {Right.MONEY, Right.OWN},
    ProfileRole.EDITOR: frozenset({Right.READ, Right.PUBLISH, Right.SPEAK}),
    ProfileRole.UPLOADER: frozenset({Right.READ, Right.PUBLISH}),
    ProfileRole.MODERATOR: frozenset({Right.READ, Right.MODERATE}),
    ProfileRole.FINANCE: frozenset({Right.READ, Right.SELL, Right.MONEY}),
}


class NotYourProfile(Forbidden):
    """The caller has no role in the profile, or one that does not allow this."""

    code = "not_your_profile"
    message = "You have no role in this profile that allows this: ask its owner for one."


class AccountsOnly(Forbidden):
    """The request is about an account: nobody can send it as a profile."""

    code = "accounts_only"
    message = "Do this as yourself: leave out `X-Veza-Profile`."


class HandleMoved(NotFound):
    """The profile has another handle now: the client is redirected to it."""

    code = "handle_moved"
    message = "This profile has another handle now."

    def __init__(self, former: str, handle: str) -> None:
        super().__init__()
        self.former = former
        self.handle = handle


def may(role: ProfileRole | None, right: Right) -> bool:
    """Return whether a role in a profile has a right; None is no role."""
    return role is not None and right in _RIGHTS[role]


def may_grant(role: ProfileRole | None, granted: ProfileRole) -> bool:
    """Return whether a role may give and take another: who manages, and has all of its rights.

    So nobody reaches what they may not do themselves through somebody whom they invite.
    """
    return role is not None and may(role, Right.MANAGE) and _RIGHTS[granted] <= _RIGHTS[role]


def ensure_right(role: ProfileRole | None, right: Right) -> None:
    """Raise NotYourProfile if a role in a profile does not have a right."""
    if not may(role, right):
        raise NotYourProfile
