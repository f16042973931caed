"""Decides who may resolve a report, and who may suspend whom: `ensure_may_suspend`."""

from typing import Any

import msgspec

from veza.core.access import Member, Role
from veza.domains.moderation.reports.errors import (
    AdminProtected,
    AlreadyResolved,
    AlreadySuspended,
    ApprovalPending,
    OwnAccount,
    OwnReport,
    SuspensionNeedsAdmin,
)
from veza.domains.moderation.reports.models import (
    LockedReport,
    MemberStanding,
    ModerationActionType,
    ReportAction,
    ReportResolution,
    ReportStatus,
)

MAX_REPORTS = 50
REPORTS_WINDOW_S = 3600
# The reason of a report that no member made.
FILTER_REASON = "A filter matched its text."
# The reason sent to a warned or suspended member if the moderator entered none.
DEFAULT_REASON = "Something you published breaks the rules of this community."

ACTION_TYPES = {
    ReportAction.WARN: ModerationActionType.WARN,
    ReportAction.SUSPEND: ModerationActionType.SUSPEND,
}


def ensure_may_resolve(report: LockedReport) -> None:
    """Raise AlreadyResolved or OwnReport."""
    if report.status is not ReportStatus.PENDING:
        raise AlreadyResolved
    if report.is_own:
        raise OwnReport


def ensure_may_suspend(caller: Member, target: MemberStanding) -> None:
    """Raise the first of these refusals that applies: by a report, many at once, or one alone.

    1. `SuspensionNeedsAdmin`: moderators suspend nobody.
    2. `OwnAccount`: admins can't lock themselves out.
    3. `AdminProtected`: an admin's role is changed first. So no single step removes an admin, and
       the last one stays, whose role can't be changed.
    4. `ApprovalPending`: the account is hidden already, and a suspension could not be lifted.
    5. `AlreadySuspended`: the first reason stays. A report is resolved nevertheless.
    """
    if caller.role is not Role.ADMIN:
        raise SuspensionNeedsAdmin
    if target.id == caller.id:
        raise OwnAccount
    if target.role is Role.ADMIN:
        raise AdminProtected
    if target.awaits_approval:
        raise ApprovalPending
    if target.is_suspended:
        raise AlreadySuspended


def reason_of(resolution: ReportResolution) -> str | None:
    """Return the reason of a resolution, or None."""
    return (resolution.reason or "").strip() or None


def status_after(action: ReportAction) -> ReportStatus:
    """Return the status of a report after an action."""
    return ReportStatus.DISMISSED if action is ReportAction.DISMISS else ReportStatus.RESOLVED


def content_of(evidence: object) -> dict[str, Any]:
    """Return the fields of a reported item, without its author."""
    described: dict[str, Any] = msgspec.to_builtins(evidence)
    return {name: value for name, value in described.items() if name != "author_id"}
