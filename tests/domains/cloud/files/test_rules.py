"""Names, folders, room and thinning, without anybody being asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from veza.core.errors import Invalid
from veza.domains.cloud.files import rules
from veza.domains.cloud.files.errors import TooManySnapshots, TooManyVersions
from veza.domains.cloud.files.models import (
    CloudUsage,
    ContentUsage,
    DatedVersion,
    Retention,
    VersionCounts,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", ""),
        ("/", ""),
        ("Mixes", "Mixes"),
        ("/Mixes//2026/", "Mixes/2026"),
        ("Mixes\\2026", "Mixes/2026"),
        (" Mixes / 2026 ", "Mixes/2026"),
        ("Mi\u202exes/\x002026", "Mixes/2026"),
        ("夜/フェリー", "夜/フェリー"),
        ("...", "..."),
    ],
)
def test_folders_are_written_in_one_way(sent: str, kept: str):
    assert rules.clean_folder(sent) == kept


@pytest.mark.parametrize(
    "sent",
    ["..", ".", "Mixes/..", "../Mixes", "a/./b", "\x00/a", ".\u202e.", "x" * 256, "a/" * 501],
)
def test_folders_that_mean_something_else_are_refused(sent: str):
    with pytest.raises(Invalid):
        rules.clean_folder(sent)


@given(some.text(max_size=1000))
def test_a_clean_folder_stays_as_it_is(sent: str):
    try:
        folder = rules.clean_folder(sent)
    except Invalid:
        return
    assert rules.clean_folder(folder) == folder
    assert not {"", ".", ".."} & set(folder.split("/")) or folder == ""


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("mix.wav", "mix.wav"), (" a b ", "a b"), ("a\x00b\u202ec", "abc"), ("...", "...")],
)
def test_names_are_kept_as_words(sent: str, kept: str):
    assert rules.clean_name(sent) == kept


@pytest.mark.parametrize("sent", [".", "..", " ", "\x00", "a/b", "a\\b", "../mix.wav"])
def test_names_that_are_ways_are_refused(sent: str):
    with pytest.raises(Invalid):
        rules.clean_name(sent)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\mixes\\a.wav", "a.wav"),
        ("..", "upload"),
        ("a/..", "upload"),
        ("", "upload"),
        ("\x00\u202e", "upload"),
        ("  ", "upload"),
        ("x" * 10_000 + ".wav", "x" * 251 + ".wav"),
    ],
)
def test_every_upload_has_a_name(sent: str, kept: str):
    assert rules.name_of_upload(sent) == kept


def cloud_usage(used: int, kept: int) -> CloudUsage:
    return CloudUsage(used, kept, 0)


def usage_of(used: int, *, reserved: int = 0, has_content: bool = False) -> ContentUsage:
    return ContentUsage(used, reserved, 0, files_count=3, has_content=has_content)


@pytest.mark.parametrize(
    ("held", "size", "fits"),
    [
        (usage_of(0), 100, True),
        (usage_of(0), 101, False),
        (usage_of(100), 0, True),
        (usage_of(100), 1, False),
        # The same content again takes no room, and be it that there was less of it since.
        (usage_of(100, has_content=True), 50, True),
        (usage_of(500, has_content=True), 500, True),
    ],
)
def test_what_is_new_needs_room(held: ContentUsage, size: int, fits: bool):
    assert rules.fits(held, size, 100) is fits


def test_the_trash_makes_room():
    assert rules.fits_without_trash(cloud_usage(100, 40), 60, 100)
    assert not rules.fits_without_trash(cloud_usage(100, 40), 61, 100)


@pytest.mark.parametrize(
    ("held", "body", "is_ample"),
    [
        (usage_of(40), 60, True),
        (usage_of(40), 61, False),
        (usage_of(40, reserved=1), 60, False),
        (usage_of(0), 0, False),
    ],
)
def test_room_is_summed_up_only_where_it_is_scarce(held: ContentUsage, body: int, is_ample: bool):
    assert rules.fits_certainly(held, body, 100) is is_ample


def test_what_is_left_is_what_the_trash_may_give_too():
    quota = rules.show_quota(cloud_usage(90, 60), 100)
    assert (quota.used_bytes, quota.trash_bytes, quota.left_bytes) == (60, 30, 40)
    assert rules.left_bytes(cloud_usage(500, 500), 100) == 0


@pytest.mark.parametrize(
    ("versions", "snapshots", "is_snapshot", "refusal"),
    [
        (999, 99, True, None),
        (999, 100, False, None),
        (500, 100, True, TooManySnapshots),
        (1000, 5, False, TooManyVersions),
        (1000, 5, True, TooManyVersions),
    ],
)
def test_a_file_has_so_many_versions(versions, snapshots, is_snapshot, refusal):
    counts = VersionCounts(versions, snapshots)
    if refusal is None:
        rules.ensure_version_allowed(counts, is_snapshot=is_snapshot)
        return
    with pytest.raises(refusal):
        rules.ensure_version_allowed(counts, is_snapshot=is_snapshot)


def versions_at(*moments: datetime) -> list[DatedVersion]:
    return [DatedVersion(number, moment) for number, moment in enumerate(sorted(moments), 1)]


def test_all_of_the_last_hour_stay():
    moments = [NOW - timedelta(seconds=n) for n in range(0, 3601, 60)]
    assert rules.list_thinned(versions_at(*moments), DAY, NOW) == []


def test_the_last_of_each_hour_stays_for_a_day():
    moments = [NOW - timedelta(hours=3, minutes=n) for n in (1, 10, 50, 61)]
    # 8:59 and 7:59 to 8:50: the last one of each hour.
    versions = versions_at(*moments)
    gone = rules.list_thinned(versions, DAY, NOW)
    assert [v.created_at.hour for v in versions if v.version not in gone] == [7, 8]
    assert versions[-1].version not in gone


def test_then_one_a_day_stays_and_then_one_a_week():
    moments = [NOW - timedelta(days=60) + timedelta(hours=6 * n) for n in range(230)]
    versions = versions_at(*moments)
    gone = set(rules.list_thinned(versions, DAY, NOW))
    stayed = [v.created_at for v in versions if v.version not in gone]
    older = [moment for moment in stayed if moment < NOW - 30 * DAY]
    younger = [moment for moment in stayed if NOW - 30 * DAY <= moment < NOW - DAY]
    weeks = [moment.isocalendar()[:2] for moment in older]
    days = [moment.date() for moment in younger]
    assert len(weeks) == len(set(weeks)) >= 4
    assert len(days) == len(set(days)) >= 27


@given(
    some.lists(some.integers(0, 200 * 24 * 3600), max_size=60),
    some.sampled_from([1, 2, 7]),
)
def test_thinning_twice_takes_nothing_more_and_never_the_last(ages: list[int], days: int):
    versions = versions_at(*(NOW - timedelta(seconds=age) for age in ages))
    gone = rules.list_thinned(versions, days * DAY, NOW)
    left = [version for version in versions if version.version not in gone]
    assert rules.list_thinned(left, days * DAY, NOW) == []
    assert bool(left) == bool(versions)
    assert left[-1:] == versions[-1:]


def test_without_days_no_versions_are_thinned_out():
    assert Retention.from_days(30, 90) == Retention(timedelta(days=30), timedelta(days=90))
    assert Retention.from_days(30, 0) == Retention(timedelta(days=30), None)
