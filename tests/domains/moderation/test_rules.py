"""The decisions of moderation, with plain values."""

from itertools import product
from uuid import uuid4

import pytest
from msgspec import Struct

from tests.domains.music.tracks.test_rules import member
from veza.core.access import Role
from veza.core.ids import ReportId, UserId
from veza.domains.moderation import rules
from veza.domains.moderation.errors import AlreadyResolved, BanNeedsAdmin, OwnCase
from veza.domains.moderation.models import (
    Action,
    OpenCase,
    Status,
    Verdict,
)

CASE = OpenCase(ReportId(uuid4()), UserId(uuid4()), Status.PENDING)


@pytest.mark.parametrize(("role", "action"), list(product([Role.MODERATOR, Role.ADMIN], Action)))
def test_moderators_do_all_but_ban(role, action):
    if role is Role.MODERATOR and action is Action.BAN:
        with pytest.raises(BanNeedsAdmin):
            rules.ensure_may_judge(CASE, action, member(role))
    else:
        rules.ensure_may_judge(CASE, action, member(role))


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.DISMISSED])
def test_a_verdict_is_final_for_everybody(status):
    case = OpenCase(CASE.id, CASE.author_id, status)
    with pytest.raises(AlreadyResolved):
        rules.ensure_may_judge(case, Action.DISMISS, member(Role.ADMIN))


def test_one_s_own_case_is_for_somebody_else():
    admin = member(Role.ADMIN)
    with pytest.raises(OwnCase):
        rules.ensure_may_judge(OpenCase(CASE.id, admin.id, Status.PENDING), Action.DISMISS, admin)


@pytest.mark.parametrize(
    ("given", "kept"), [(None, None), ("", None), (" \n ", None), (" Stolen. ", "Stolen.")]
)
def test_a_reason_is_trimmed_or_none(given, kept):
    assert rules.reason_of(Verdict(Action.RESOLVE, given)) == kept


def test_only_a_dismissal_dismisses():
    after = {action: rules.status_after(action) for action in Action}
    assert after.pop(Action.DISMISS) is Status.DISMISSED
    assert set(after.values()) == {Status.RESOLVED}


class Song(Struct, frozen=True):
    author_id: UserId
    title: str
    made_by: UserId


def test_what_is_kept_of_a_thing_does_not_repeat_whose_it_is():
    song = Song(UserId(uuid4()), "Ferry", UserId(uuid4()))
    assert rules.content_of(song) == {"title": "Ferry", "made_by": str(song.made_by)}
