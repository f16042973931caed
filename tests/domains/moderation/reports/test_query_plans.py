"""A page of reports costs the same after ten thousand false ones, wherever it is."""

import asyncio
import re

import pytest

from tests import make
from veza.core.takedowns import ContentCategory
from veza.domains.moderation.reports import queries
from veza.domains.moderation.reports.models import ReportQuery, ReportStatusFilter

pytestmark = pytest.mark.long

_REPORTS = """
    insert into reports (id, content_type, content_id, author_id, evidence, created_at)
    select gen_random_uuid(), 'track', gen_random_uuid(), $1, '{}', now() - n * interval '1 s'
      from generate_series(1, 10000) n
"""
_ENTRIES = """
    insert into report_entries (id, report_id, reason, category)
    select gen_random_uuid(), r.id, 'False.', 'spam' from reports r
"""


@pytest.fixture
async def flood(services, owner_tx):
    """A transaction in which there are ten thousand reports of as many items."""
    author = await make.person(services)
    await owner_tx.run(_REPORTS, author.id)
    await owner_tx.run(_ENTRIES)
    await owner_tx._raw.execute("analyze reports, report_entries")
    return owner_tx


async def plan_of(tx, query, staff_id):
    """Return the plan of the one statement that lists reports, and what it read."""
    statements = []

    def hear(heard):
        statements.append((heard.query, heard.args))

    tx._raw.add_query_logger(hear)
    await queries.list_reports(tx, query, staff_id)
    # The driver tells of a statement a moment after its answer.
    await asyncio.sleep(0)
    tx._raw.remove_query_logger(hear)
    ((sql, values),) = statements
    rows = await tx._raw.fetch(f"explain (analyze, costs off) {sql}", *values)
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("offset", [0, 9_900])
async def test_what_is_shown_of_reports_is_read_for_the_page_alone(flood, moderator, offset):
    plan = await plan_of(flood, ReportQuery(limit=20, offset=offset), moderator.id)
    assert "report_entries" in plan
    for line in plan.splitlines():
        if "report_entries" in line or "users" in line:
            assert int((re.search(r"loops=(\d+)", line) or [0, 0])[1]) <= 20, plan


async def test_a_category_that_nobody_gave_is_found_by_its_index(flood, moderator):
    query = ReportQuery(ReportStatusFilter.ALL, ContentCategory.ILLEGAL)
    plan = await plan_of(flood, query, moderator.id)
    assert "report_entries_category" in plan
    assert "Seq Scan on report_entries" not in plan
