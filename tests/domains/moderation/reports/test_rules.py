"""The pure functions of moderation."""

from contextlib import nullcontext
from itertools import product
from uuid import uuid4

import pytest
from msgspec import Struct

from tests.domains.music.tracks.rules_steps import member
from veza.core.access import Role
from veza.core.ids import ReportId, UserId
from veza.domains.moderation.reports import rules
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
    ReportAction,
    ReportResolution,
    ReportStatus,
)

CASE = LockedReport(ReportId(uuid4()), UserId(uuid4()), ReportStatus.PENDING)


# By the target: its role, whether it is the caller, was never approved, is suspended.
SUSPENSIONS = {
    (role, is_self, awaits, suspended): (
        OwnAccount
        if is_self
        else AdminProtected
        if role is Role.ADMIN
        else ApprovalPending
        if awaits
        else AlreadySuspended
        if suspended
        else None
    )
    for role, is_self, awaits, suspended in product(Role, *[[False, True]] * 3)
}


class Standing(Struct, frozen=True):
    id: UserId
    role: Role
    is_suspended: bool
    awaits_approval: bool


@pytest.mark.parametrize("caller_role", Role)
@pytest.mark.parametrize("case", SUSPENSIONS)
def test_who_may_be_suspended(caller_role, case):
    role, is_self, awaits, suspended = case
    caller = member(caller_role)
    target = Standing(caller.id if is_self else UserId(uuid4()), role, suspended, awaits)
    refusal = SUSPENSIONS[case] if caller_role is Role.ADMIN else SuspensionNeedsAdmin

    with pytest.raises(refusal) if refusal else nullcontext():
        rules.ensure_may_suspend(caller, target)


def test_pending_reports_of_others_may_be_resolved():
    rules.ensure_may_resolve(CASE)


@pytest.mark.parametrize("status", [ReportStatus.RESOLVED, ReportStatus.DISMISSED])
def test_a_resolution_is_final(status):
    case = LockedReport(CASE.id, CASE.author_id, status)
    with pytest.raises(AlreadyResolved):
        rules.ensure_may_resolve(case)


def test_an_own_report_must_be_resolved_by_another_moderator():
    own = LockedReport(CASE.id, CASE.author_id, ReportStatus.PENDING, is_own=True)
    with pytest.raises(OwnReport):
        rules.ensure_may_resolve(own)


@pytest.mark.parametrize(
    ("given", "kept"), [(None, None), ("", None), (" \n ", None), (" Stolen. ", "Stolen.")]
)
def test_a_reason_is_trimmed_or_none(given, kept):
    assert rules.reason_of(ReportResolution(ReportAction.RESOLVE, given)) == kept


def test_only_a_dismissal_dismisses():
    after = {action: rules.status_after(action) for action in ReportAction}
    assert after.pop(ReportAction.DISMISS) is ReportStatus.DISMISSED
    assert set(after.values()) == {ReportStatus.RESOLVED}


class Song(Struct, frozen=True):
    author_id: UserId
    title: str
    made_by: UserId


def test_stored_content_does_not_repeat_the_author():
    song = Song(UserId(uuid4()), "Ferry", UserId(uuid4()))
    assert rules.content_of(song) == {"title": "Ferry", "made_by": str(song.made_by)}
