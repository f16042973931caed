"""What the clock and the caller make of what is switched: plain values."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, structs

from veza.core.access import Member, Role
from veza.core.errors import Invalid
from veza.core.ids import AnnouncementId, SessionId, UserId
from veza.domains.platform.site_controls import rules
from veza.domains.platform.site_controls.models import (
    Announcement,
    AnnouncementAudience,
    AnnouncementType,
    Flag,
    MaintenanceChange,
    StoredMaintenance,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FLAG = Flag("new_player", True, "", 100, frozenset(), NOON, NOON)
ON = StoredMaintenance(NOON, NOON + timedelta(hours=1), "A larger machine.")


def member(number: int, role: Role = Role.USER) -> Member:
    """Ids that come one after the other, as those of people who registered together."""
    place = UUID(int=0x0198C0DE_0000_7000_8000_000000000000 + number)
    return Member(UserId(place), role, SessionId(UUID(int=1)))


PEOPLE = [member(number) for number in range(10_000)]


def those_in(
    share: int, people: Iterable[Member] = PEOPLE, name: str = "new_player"
) -> set[UserId]:
    flag = structs.replace(FLAG, name=name, share_percent=share)
    return {one.id for one in people if rules.is_on(flag, one)}


@pytest.mark.parametrize("share", [0, 1, 10, 25, 50, 75, 99, 100])
def test_a_share_is_as_large_as_it_says(share: int) -> None:
    expected = len(PEOPLE) * share / 100
    deviation = (len(PEOPLE) * share / 100 * (1 - share / 100)) ** 0.5

    assert abs(len(those_in(share)) - expected) <= 4 * deviation


def test_raising_a_share_keeps_the_flag_for_everybody() -> None:
    before: set[UserId] = set()
    for share in range(101):
        within = those_in(share, PEOPLE[:2000])
        assert before <= within
        before = within
    assert len(before) == 2000


@given(
    name=st.text(),
    user_id=st.uuids(),
    shares=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted),
)
def test_whoever_is_within_a_share_is_within_a_larger_one(
    name: str, user_id: UUID, shares: list[int]
) -> None:
    someone = Member(UserId(user_id), Role.USER, None)
    smaller, larger = (structs.replace(FLAG, name=name, share_percent=share) for share in shares)

    assert rules.is_on(smaller, someone) <= rules.is_on(larger, someone)
    assert 0 <= rules.position_in_share(name, UserId(user_id)) < 100


def test_each_flag_has_a_share_of_its_own() -> None:
    both = those_in(50) & those_in(50, name="another")

    assert 2000 < len(both) < 3000


def test_a_position_never_changes() -> None:
    # Another hash would take features from half of those who have them.
    assert rules.position_in_share("new_player", PEOPLE[0].id) == pytest.approx(86.4555794320001)


@pytest.mark.parametrize(
    ("changes", "nobody", "user", "creator"),
    [
        ({}, True, True, True),
        ({"enabled": False}, False, False, False),
        ({"share_percent": 99}, False, True, True),
        ({"share_percent": 0}, False, False, False),
        ({"roles": frozenset({Role.CREATOR})}, False, False, True),
        ({"roles": frozenset({Role.CREATOR}), "share_percent": 0}, False, False, False),
        ({"roles": frozenset({Role.CREATOR}), "enabled": False}, False, False, False),
        ({"roles": frozenset(Role)}, False, True, True),
        ({"roles": frozenset({Role.ADMIN})}, False, False, False),
    ],
)
def test_a_flag_is_on_for_its_share_and_roles(
    changes, nobody: bool, user: bool, creator: bool
) -> None:
    flag = structs.replace(FLAG, **changes)
    number = next(
        n for n, one in enumerate(PEOPLE) if rules.position_in_share(flag.name, one.id) < 99
    )

    assert rules.is_on(flag, None) is nobody
    assert rules.is_on(flag, member(number)) is user
    assert rules.is_on(flag, member(number, Role.CREATOR)) is creator


@pytest.mark.parametrize(
    ("moment", "active"),
    [
        (NOON - SECOND, False),
        (NOON, True),
        (NOON + 59 * SECOND, True),
        (NOON + 60 * SECOND, False),
    ],
)
def test_an_announcement_is_active_from_its_start_until_its_end(moment, active: bool) -> None:
    one = Announcement(
        id=AnnouncementId(UUID(int=1)),
        title="News",
        content="There is news.",
        type=AnnouncementType.INFO,
        audience=AnnouncementAudience.EVERYONE,
        starts_at=NOON,
        ends_at=NOON + 60 * SECOND,
        created_at=NOON,
    )

    assert rules.is_active(one, moment) is active
    assert rules.is_active(structs.replace(one, ends_at=None), moment) is (moment >= NOON)


@pytest.mark.parametrize("end", [NOON - SECOND, NOON])
def test_an_end_must_come_after_the_start(end: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        rules.ensure_ends_later(NOON, end)
    assert refused.value.details[0].field == "ends_at"


def test_an_announcement_may_have_no_end() -> None:
    rules.ensure_ends_later(NOON, None)
    rules.ensure_ends_later(NOON, NOON + SECOND)


def test_maintenance_that_is_switched_on_begins_now() -> None:
    later = NOON + 600 * SECOND
    change = MaintenanceChange(enabled=True, message="Back soon.", ends_at=later)

    changed = rules.change_maintenance(StoredMaintenance(), change, NOON)

    assert changed == StoredMaintenance(NOON, later, "Back soon.")


def test_switching_on_twice_changes_nothing() -> None:
    again = rules.change_maintenance(ON, MaintenanceChange(enabled=True), NOON + SECOND)

    assert again == ON


def test_message_and_end_of_maintenance_can_be_changed_and_cleared() -> None:
    end = NOON + timedelta(hours=2)
    longer = rules.change_maintenance(ON, MaintenanceChange(enabled=True, ends_at=end), NOON)
    bare = MaintenanceChange(enabled=True, message=None, ends_at=None)

    assert longer == structs.replace(ON, ends_at=end)
    assert rules.change_maintenance(ON, bare, NOON) == StoredMaintenance(NOON)


@pytest.mark.parametrize("message", ["", "  \n"])
def test_a_blank_message_is_none(message: str) -> None:
    change = MaintenanceChange(enabled=True, message=message)

    assert rules.change_maintenance(ON, change, NOON).message is None


@pytest.mark.parametrize("message", [UNSET, "Done."])
def test_switching_off_clears_message_and_end(message) -> None:
    change = MaintenanceChange(enabled=False, message=message, ends_at=NOON - SECOND)

    assert rules.change_maintenance(ON, change, NOON) == StoredMaintenance()


@pytest.mark.parametrize("end", [NOON - SECOND, NOON])
def test_a_planned_end_must_be_in_the_future(end: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        rules.change_maintenance(ON, MaintenanceChange(enabled=True, ends_at=end), NOON)
    assert refused.value.details[0].field == "ends_at"


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (NOON, 3600),
        (NOON + timedelta(minutes=59, seconds=58.5), 2),
        (NOON + timedelta(hours=1), rules.RETRY_AFTER_S),
        (NOON + timedelta(hours=2), rules.RETRY_AFTER_S),
    ],
)
def test_retry_after_is_the_planned_end(moment: datetime, seconds: int) -> None:
    assert rules.retry_after_s(ON, moment) == seconds


def test_without_a_planned_end_retry_after_is_a_minute() -> None:
    assert rules.retry_after_s(StoredMaintenance(NOON), NOON) == rules.RETRY_AFTER_S
