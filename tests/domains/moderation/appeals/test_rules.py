"""Who may appeal, and who decides on appeals."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from veza.core.access import Member, Role
from veza.core.ids import AppealId, ModerationActionId, UserId, new_id
from veza.domains.moderation.appeals import errors, rules
from veza.domains.moderation.appeals.models import (
    AppealStatus,
    MemberAppeal,
    PendingAppeal,
    StoredSanction,
)
from veza.domains.moderation.reports.models import ModerationActionType

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = timedelta(days=184)
DECIDER, OTHER, MEMBER = (UserId(new_id()) for _ in range(3))
WARNING, SUSPENSION = ModerationActionType.WARN, ModerationActionType.SUSPEND
SANCTION = StoredSanction(
    ModerationActionId(new_id()),
    MEMBER,
    SUSPENSION,
    "Spam.",
    BEGUN,
    by_notice=True,
    by_program=False,
    is_in_force=True,
    item=None,
    appeal=None,
)
APPEAL = PendingAppeal(
    AppealId(new_id()),
    ModerationActionId(new_id()),
    AppealStatus.PENDING,
    MEMBER,
    SUSPENSION,
    DECIDER,
    None,
    is_in_force=True,
    needs_admin=True,
    has_other_staff=True,
)


@pytest.mark.parametrize(
    ("changes", "days", "refusal"),
    [
        ({}, 0, None),
        ({"action": WARNING}, 183.9, None),
        ({}, 184, errors.AppealTooLate),
        ({"is_in_force": False}, 1, errors.SanctionOver),
        (
            {"appeal": MemberAppeal("Why?", AppealStatus.UPHELD, BEGUN, BEGUN, "Because.")},
            1,
            errors.AlreadyAppealed,
        ),
    ],
)
def test_an_appeal_is_possible_once_within_its_time_while_the_sanction_is_in_force(
    changes, days, refusal
):
    sanction, moment = replace(SANCTION, **changes), BEGUN + timedelta(days=days)

    assert rules.show_sanction(sanction, moment, WINDOW).may_appeal is (refusal is None)
    if refusal is None:
        rules.ensure_may_appeal(sanction, moment, WINDOW)
    else:
        with pytest.raises(refusal):
            rules.ensure_may_appeal(sanction, moment, WINDOW)


@pytest.mark.parametrize(
    ("changes", "who", "role", "refusal"),
    [
        ({}, OTHER, Role.ADMIN, None),
        ({}, OTHER, Role.MODERATOR, errors.AppealNeedsAdmin),
        ({"action": WARNING, "needs_admin": False}, OTHER, Role.MODERATOR, None),
        ({}, DECIDER, Role.ADMIN, errors.OtherStaffNeeded),
        ({"has_other_staff": False}, DECIDER, Role.ADMIN, None),
        # Who decided was erased.
        ({"decided_by": None}, OTHER, Role.ADMIN, None),
        (
            {"action": WARNING, "needs_admin": False, "is_own": True},
            MEMBER,
            Role.MODERATOR,
            errors.OwnAppeal,
        ),
        ({"is_own": True, "has_other_staff": False}, MEMBER, Role.ADMIN, errors.OwnAppeal),
        ({"status": AppealStatus.UPHELD}, OTHER, Role.ADMIN, errors.AppealDecided),
        ({"is_in_force": False}, OTHER, Role.ADMIN, errors.SanctionOver),
    ],
)
def test_somebody_else_than_the_decider_and_the_member_decides_if_there_is_anybody(
    changes, who, role, refusal
):
    appeal, staff = replace(APPEAL, **changes), Member(who, role, None)

    if refusal is None:
        rules.ensure_may_decide(appeal, staff)
    else:
        with pytest.raises(refusal):
            rules.ensure_may_decide(appeal, staff)
