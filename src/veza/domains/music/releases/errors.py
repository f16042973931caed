"""Refuses releases of others, those that buyers wait for, and too many."""

from veza.core.errors import Conflict, Forbidden, NotFound


class ReleaseNotFound(NotFound):
    """There is no such release, or the caller may not see it."""

    code = "release_not_found"
    message = "This release doesn't exist, or it isn't published yet."


class NotYourRelease(Forbidden):
    """Only the owner may change a release."""

    code = "not_your_release"
    message = "Only the owner of the release can do this."


class ReleasePreordered(Conflict):
    """Members have paid for the release, and wait for it to be published."""

    code = "release_preordered"
    message = "This release was pre-ordered: cancel the pre-orders first, so that they're refunded."


class TooManyReleases(Conflict):
    """The member has the maximum number of releases."""

    code = "too_many_releases"
    message = "You have 5,000 releases, the maximum: delete some first."
