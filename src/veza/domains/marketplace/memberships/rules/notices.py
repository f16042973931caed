"""The mail that follows from a change of a membership."""

from veza.domains.marketplace.memberships.models.state import (
    EndReason,
    MemberNotice,
    MembershipState,
    ProfileMembership,
)

_SILENT = frozenset({EndReason.ERASED, EndReason.UNPAID})


def find_notice(before: ProfileMembership, after: ProfileMembership) -> MemberNotice | None:
    """Return the mail that a change of a membership calls for; None if it is nothing new."""
    if after.state is MembershipState.ENDED:
        is_new = before.state is not MembershipState.ENDED and before.started_at is not None
        # After a cancel no second mail is sent at the end.
        was_told = before.cancelled_at is not None or after.end_reason in _SILENT
        return MemberNotice.ENDED if is_new and not was_told else None
    if before.state is MembershipState.PENDING:
        return MemberNotice.WELCOME
    if after.attempts > before.attempts:
        return MemberNotice.FAILED
    if after.cancelled_at is not None and before.cancelled_at is None:
        return MemberNotice.CANCELLED
    return None
