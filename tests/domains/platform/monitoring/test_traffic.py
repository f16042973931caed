"""Traffic over time: counted by the process, stored in spans, and added up."""

import pytest

from tests import make
from veza.core.access import Role
from veza.core.errors import Unavailable
from veza.core.traffic import TrafficCounts
from veza.domains.platform.monitoring import jobs
from veza.http.layers.request_log import TRAFFIC
from veza.infra.postgres import database as db
from veza.launcher.traffic import store_traffic


def test_failures_and_refusals_are_told_apart():
    counts = TrafficCounts()
    for status in (200, 404, 429, 503, 500, 0):
        counts.count(status, 0.010)

    assert (counts.requests, counts.failed, counts.refused) == (6, 1, 2)
    assert counts.total_ms == pytest.approx(60)


async def test_what_was_answered_is_shown_once_it_is_stored(client, services):
    admin = await make.person(services, Role.ADMIN)

    async def show(span="day"):
        answer = await client.get("admin/traffic", params={"span": span}, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    TRAFFIC.take()
    before = await show()
    await client.get("tracks")
    await client.get("no/such/page")
    await store_traffic(services.database)
    async with services.database.transaction() as tx:
        await tx.run(
            "insert into traffic values (now() - interval '32 days', 5, 0, 0, 1)"
            " on conflict do nothing"
        )
    after = await show()

    # The one that showed what was there before, and two others.
    assert after["total"]["requests"] == before["total"]["requests"] + 3
    assert sum(point["requests"] for point in after["points"]) == after["total"]["requests"]
    assert after["points"][-1]["mean_ms"] is not None or after["points"][-2]["mean_ms"] is not None
    assert [len((await show(span))["points"]) for span in ("day", "week", "month")] == [
        288,
        168,
        120,
    ]
    await jobs.sweep_traffic(services.database)
    async with services.database.read() as conn:
        sql = "select count(*) from traffic where began_at < now() - interval '31 days'"
        assert await conn.value(int, sql) == 0


async def test_counts_wait_for_the_database():
    TRAFFIC.take()
    TRAFFIC.count(200, 0.001)
    async with db.connect("postgres://nobody@127.0.0.1:1/nothing", patience_s=0.1) as away:
        with pytest.raises(Unavailable):
            await store_traffic(away)
    assert TRAFFIC.take().requests == 1
