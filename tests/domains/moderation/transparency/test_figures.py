"""Figures of moderation: what is counted, for which quarter, and who sees it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from tests import make
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.moderation.transparency import queries, rules, service
from veza.infra.postgres.database import Tx

_START = date(2025, 4, 1)
_MOMENT = datetime(2025, 5, 6, 7, 8, tzinfo=UTC)


async def _report(
    tx: Tx, content_type: str, action: str | None, *, at: datetime = _MOMENT, hours: int = 1
) -> UUID:
    """Make a report of two people and of a filter, that was decided after some hours."""
    report_id = new_id()
    status = {None: "pending", "dismiss": "dismissed"}.get(action, "resolved")
    sql = """
        insert into reports (id, content_type, content_id, evidence, status, action, created_at,
                             resolved_at)
             values ($1, $2, $1, '{}', $3, $4, $5, $6)
    """
    resolved_at = None if action is None else at + timedelta(hours=hours)
    await tx.run(sql, report_id, content_type, status, action, at, resolved_at)
    sql = """
        insert into report_entries (id, report_id, created_at, by_filter)
             values (gen_random_uuid(), $1, $2, false), (gen_random_uuid(), $1, $2, false),
                    (gen_random_uuid(), $1, $2, true)
    """
    await tx.run(sql, report_id, at)
    sql = "update report_entries set category = $2 where report_id = $1 and not by_filter"
    await tx.run(sql, report_id, "spam" if content_type == "track" else "abuse")
    return report_id


async def _decide(
    tx: Tx, member_id: UUID, action: str, at: datetime, report_id: UUID | None = None
) -> UUID:
    action_id = new_id()
    sql = """
        insert into moderation_actions (id, user_id, action, reason, decided_at, report_id)
             values ($1, $2, $3, 'Be kind.', $4, $5)
    """
    await tx.run(sql, action_id, member_id, action, at, report_id)
    return action_id


async def _take_down(
    tx: Tx, category: str, action_id: UUID | None, *, at: datetime = _MOMENT
) -> UUID:
    """Make a take-down; without an action the item is only held."""
    takedown_id = new_id()
    sql = """
        insert into takedowns (id, content_type, content_id, category, reason, permanent,
                               revokes_purchases, action_id, held, created_at)
             values ($1, 'track', $1, $2, 'Be kind.', false, false, $3, $4, $5)
    """
    await tx.run(sql, takedown_id, category, action_id, action_id is None, at)
    return takedown_id


async def _fill_takedowns(tx: Tx, member_id: UUID, report_id: UUID, notice_id: UUID) -> None:
    """Take down without a report, after one, for a notice, and in the next quarter; hold one."""
    after = datetime(2025, 7, 1, tzinfo=UTC)
    found = await _report(tx, "release", None, at=after)
    # A filter alone found it.
    await tx.run("delete from report_entries where report_id = $1 and not by_filter", found)
    for category, about, at in (
        ("abuse", found, _MOMENT),
        ("spam", None, _MOMENT),
        ("spam", report_id, _MOMENT),
        ("illegal", None, _MOMENT),
        ("illegal", None, after),
    ):
        action_id = await _decide(tx, member_id, "takedown", at, about)
        await _take_down(tx, category, action_id, at=at)
    await _take_down(tx, "copyright", None)
    by_notice = await _decide(tx, member_id, "takedown", _MOMENT)
    named = await _take_down(tx, "copyright", by_notice)
    sql = """
        insert into copyright_items (notice_id, position, url, takedown_id) values ($1, 9, '/', $2)
    """
    await tx.run(sql, notice_id, named)


async def _appeal(tx: Tx, sanction: UUID, status: str, decision: UUID | None) -> None:
    sql = """
        insert into appeals (id, action_id, text, status, decision_id, created_at)
             values (gen_random_uuid(), $1, 'I was kind.', $2, $3, $4)
    """
    await tx.run(sql, sanction, status, decision, _MOMENT)


async def _notify(tx: Tx, status: str, *, at: datetime = _MOMENT) -> UUID:
    """Make a confirmed notice, decided at once unless it waits."""
    notice_id = new_id()
    sql = """
        insert into copyright_notices (id, status, email, expires_at, confirmed_at, decided_at)
             values ($1, $2, 'ada@example.com', $3, $3, $4)
    """
    await tx.run(sql, notice_id, status, at, None if status == "pending" else at)
    return notice_id


async def _counter(tx: Tx, notice_id: UUID, owner_id: UUID, restored_at: datetime | None) -> None:
    sql = """
        insert into copyright_counters (notice_id, owner_id, statement, name, address, email,
                                        created_at, restore_at, restored_at)
             values ($1, $2, 'Mine.', 'Ada', 'A street', 'ada@example.com', $3, $3, $4)
    """
    await tx.run(sql, notice_id, owner_id, _MOMENT, restored_at)


async def _fill(tx: Tx, services: Services) -> None:
    member = await make.person(services)
    *_, report_id = [
        await _report(tx, content_type, action, hours=hours)
        for hours, (content_type, action) in enumerate(
            [("track", "dismiss"), ("track", "warn"), ("post", "ban"), ("post", None)], 1
        )
    ]
    # At the edges: the first moment belongs to the quarter, that of the next one does not.
    await _report(tx, "comment", None, at=datetime(2025, 4, 1, tzinfo=UTC))
    await _report(tx, "comment", "warn", at=datetime(2025, 7, 1, tzinfo=UTC))
    warned, banned = [await _decide(tx, member.id, each, _MOMENT) for each in ("warn", "ban")]
    upheld = await _decide(tx, member.id, "uphold", _MOMENT + timedelta(hours=5))
    await _appeal(tx, warned, "upheld", upheld)
    await _appeal(tx, banned, "pending", None)
    upheld_notices = [await _notify(tx, "upheld") for _ in range(2)]
    for status in ("rejected", "pending"):
        await _notify(tx, status)
    await _notify(tx, "rejected", at=datetime(2025, 7, 1, tzinfo=UTC))
    sql = """
        insert into copyright_notices (id, email, expires_at, created_at)
             values ($1, 'ada@example.com', $2, $2)
    """
    await tx.run(sql, new_id(), _MOMENT)
    # What comes back in the next quarter is counted there.
    for notice_id, restored_at in zip(
        upheld_notices, [_MOMENT, datetime(2025, 7, 1, tzinfo=UTC)], strict=True
    ):
        await _counter(tx, notice_id, member.id, restored_at)
    await _fill_takedowns(tx, member.id, report_id, upheld_notices[0])


async def _figures(tx: Tx) -> dict[date, object]:
    return {each.starts_on: each.figures for each in await queries.list_quarters(tx)}


async def test_a_quarter_counts_what_happened_in_it(tx: Tx, services: Services) -> None:
    await _fill(tx, services)
    until = rules.begin(rules.quarter_after(_START))
    await queries.store_figures(tx, _START, rules.begin(_START), until)
    expected = {
        "reports": {"track": 4, "post": 4, "comment": 2},
        "filters": {"track": 2, "post": 2, "comment": 1},
        "categories": {"spam": 4, "abuse": 6},
        "decisions": {"dismiss": 1, "warn": 1, "ban": 1},
        "takedowns": {"spam": 2, "abuse": 1, "illegal": 1, "copyright": 1},
        "own_initiative": {"spam": 1, "abuse": 1, "illegal": 1},
        "sanctions": {"warn": 1, "ban": 1},
        "appeals": {"upheld": 1, "pending": 1},
        "copyright": {"received": 4, "upheld": 2, "rejected": 1, "countered": 2, "restored": 1},
        "median_seconds": {"reports": 2 * 3600, "appeals": 5 * 3600},
    }
    assert (await _figures(tx))[_START] == expected

    # Counted again, it is replaced. Reports without entries had reporters who were erased.
    await tx.run("delete from report_entries")
    expected["own_initiative"] = {"spam": 1, "illegal": 1}
    await queries.store_figures(tx, _START, rules.begin(_START), until)
    found = (await _figures(tx))[_START]
    kept = expected.keys() - {"reports", "categories", "filters"}
    assert found == {name: expected[name] for name in kept}


async def test_the_job_counts_all_quarters_first_and_then_the_latest(
    tx: Tx, services: Services
) -> None:
    await tx.run("delete from transparency_quarters")
    await tx.run("delete from report_entries")
    await tx.run("delete from copyright_notices")
    await _fill(tx, services)
    await service.compute_figures(tx)
    found = await _figures(tx)
    current = rules.quarter_of(datetime.now(UTC).date())
    assert sorted(found) == list(rules.list_quarters(_START, current))
    assert len(found) > 2

    await tx.run("update transparency_quarters set figures = '{\"old\": {}}'")
    await service.compute_figures(tx)
    counted = {start for start, each in (await _figures(tx)).items() if each != {"old": {}}}
    assert counted == {rules.quarter_before(current), current}


async def test_everybody_sees_the_figures_unless_the_site_keeps_them(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with services.database.transaction() as tx:
        await tx.run("delete from transparency_quarters")
        await queries.store_figures(tx, _START, *map(rules.begin, (_START, date(2025, 7, 1))))
    [shown] = (await client.get("transparency")).json()["data"]["quarters"]
    del shown["computed_at"]
    assert shown == {
        "year": 2025,
        "quarter": 2,
        "starts_on": "2025-04-01",
        "ends_on": "2025-06-30",
        "is_complete": True,
        "figures": {},
    }
    changed = msgspec.structs.replace(services.settings, transparency=False)
    _, app = assemble(services, changed)
    async with calling(app) as site:
        answer = await site.get("transparency")
    assert (answer.status_code, answer.json()["code"]) == (404, "transparency_off")


@pytest.mark.parametrize(
    ("day", "start"),
    [("2026-01-01", "2026-01-01"), ("2026-03-31", "2026-01-01"), ("2024-12-31", "2024-10-01")],
)
def test_quarters_follow_each_other(day: str, start: str) -> None:
    quarter = rules.quarter_of(date.fromisoformat(day))
    assert quarter == date.fromisoformat(start)
    for each in rules.list_quarters(quarter, date(2030, 1, 1)):
        assert (each.day, each.month % 3) == (1, 1)
        assert rules.quarter_before(rules.quarter_after(each)) == each
