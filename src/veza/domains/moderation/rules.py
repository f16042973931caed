"""Decisions without I/O: who may judge what, and what is told."""

from typing import Any

import msgspec

from veza.core.access import Member, Role
from veza.domains.moderation.errors import AlreadyResolved, BanNeedsAdmin, OwnCase
from veza.domains.moderation.models import (
    Action,
    Evidence,
    OpenCase,
    SanctionAction,
    Status,
    Verdict,
)

MAX_REPORTS = 50
REPORTS_WINDOW_S = 3600
# What somebody who is warned or banned is told where the verdict gives no reason.
PLAIN_REASON = "What you published breaks the rules of this community."

SANCTIONS = {Action.WARN: SanctionAction.WARN, Action.BAN: SanctionAction.BAN}


def ensure_may_judge(case: OpenCase, action: Action, member: Member) -> None:
    """Raise where a member may not give this verdict, or nobody may any more."""
    if case.status is not Status.PENDING:
        raise AlreadyResolved
    if case.author_id == member.id:
        raise OwnCase
    if action is Action.BAN and member.role is not Role.ADMIN:
        raise BanNeedsAdmin


def reason_of(verdict: Verdict) -> str | None:
    """Tell the reason that a verdict gives, if any."""
    return (verdict.reason or "").strip() or None


def status_after(action: Action) -> Status:
    """Tell how a report stands after a verdict."""
    return Status.DISMISSED if action is Action.DISMISS else Status.RESOLVED


def content_of(evidence: Evidence) -> dict[str, Any]:
    """Write down what a reported thing looks like; whose it is stands beside it."""
    described: dict[str, Any] = msgspec.to_builtins(evidence)
    return {name: value for name, value in described.items() if name != "author_id"}
