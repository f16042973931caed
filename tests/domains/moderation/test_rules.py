"""The pure functions of moderation."""

from itertools import product
from uuid import uuid4

import pytest
from msgspec import Struct

from tests.domains.music.tracks.rules_steps import member
from veza.core.access import Role
from veza.core.ids import ReportId, UserId
from veza.domains.moderation import rules
from veza.domains.moderation.errors import AlreadyResolved, OwnReport, SuspensionNeedsAdmin
from veza.domains.moderation.models import (
    LockedReport,
    ReportAction,
    ReportResolution,
    ReportStatus,
)

CASE = LockedReport(ReportId(uuid4()), UserId(uuid4()), ReportStatus.PENDING)


@pytest.mark.parametrize(
    ("role", "action"), list(product([Role.MODERATOR, Role.ADMIN], ReportAction))
)
def test_moderators_may_do_everything_but_suspend(role, action):
    if role is Role.MODERATOR and action is ReportAction.SUSPEND:
        with pytest.raises(SuspensionNeedsAdmin):
            rules.ensure_may_resolve(CASE, action, member(role))
    else:
        rules.ensure_may_resolve(CASE, action, member(role))


@pytest.mark.parametrize("status", [ReportStatus.RESOLVED, ReportStatus.DISMISSED])
def test_a_resolution_is_final(status):
    case = LockedReport(CASE.id, CASE.author_id, status)
    with pytest.raises(AlreadyResolved):
        rules.ensure_may_resolve(case, ReportAction.DISMISS, member(Role.ADMIN))


def test_an_own_report_must_be_resolved_by_another_moderator():
    admin = member(Role.ADMIN)
    with pytest.raises(OwnReport):
        rules.ensure_may_resolve(
            LockedReport(CASE.id, admin.id, ReportStatus.PENDING), ReportAction.DISMISS, admin
        )


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
