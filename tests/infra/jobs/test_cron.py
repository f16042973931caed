"""When scheduled tasks are due."""

from datetime import UTC, datetime

import pytest

from veza.app.worker import list_schedules
from veza.infra.jobs.cron import find_next


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("* * * * *", "2026-02-28 23:59:59", "2026-03-01 00:00:00"),
        ("* * * * *", "2026-02-28 12:00:00", "2026-02-28 12:01:00"),
        ("*/20 * * * *", "2026-02-28 12:20:01", "2026-02-28 12:40:00"),
        ("*/20 * * * *", "2026-02-28 12:40:00", "2026-02-28 13:00:00"),
        ("10,40 * * * *", "2026-02-28 12:09:59", "2026-02-28 12:10:00"),
        ("10,40 * * * *", "2026-02-28 23:40:00", "2026-03-01 00:10:00"),
        ("30 2 * * *", "2026-02-28 02:30:00", "2026-03-01 02:30:00"),
        ("30 2 * * *", "2026-02-28 02:29:59", "2026-02-28 02:30:00"),
    ],
)
def test_a_task_is_due_at_the_next_time_that_fits(cron: str, after: str, due: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert find_next(cron, moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize("cron", ["* * * *", "* * 1 * *", "60 * * * *", "* 24 * * *", "x * * * *"])
def test_other_expressions_are_refused(cron: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        find_next(cron, datetime.now(UTC))


def test_every_schedule_of_the_application_can_be_read(services) -> None:
    for cron, _ in list_schedules(services).values():
        find_next(cron, datetime.now(UTC))
