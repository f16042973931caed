"""Requests whose transaction PostgreSQL ends because of another one: they are run again."""

import pytest
from litestar import post
from structlog.testing import capture_logs

from tests import make
from tests.app.row_lock_steps import count_deadlocks, cross
from tests.audited import events_of, tagged
from tests.http.apps import assemble, calling
from tests.raw import borrowed
from veza.http.dependencies import Tx
from veza.infra.postgres.availability import MAX_RETRIES

_FOUND = """
    select array[(select count(*) from post_comments where post_id = $1),
                 (select comments_count from posts where id = $1),
                 (select count(*) from outbox
                   where name = 'PostCommented' and payload->>'post_id' = $1::text)]
"""

_attempts = 0


@post("/api/v1/impatient", credentials="ignored", audited=False)
async def _be_impatient(tx: Tx) -> int:
    """Wait for a row, but not for long; how often this has run."""
    global _attempts  # noqa: PLW0603 - what a handler is called with doesn't tell
    _attempts += 1
    await tx.run("insert into outbox (name, payload) values ('Impatient', '{}')")
    await tx.value(str, "select set_config('lock_timeout', '1', true)")
    await tx.run("select from maintenance for update")
    return _attempts


@pytest.fixture(autouse=True)
def _forget():
    global _attempts  # noqa: PLW0603
    _attempts = 0


async def _count_impatient(services):
    async with borrowed(services) as raw:
        return await raw.fetchval("select count(*) from outbox where name = 'Impatient'")


async def test_a_request_that_ends_a_deadlock_is_made_once_all_the_same(client, services):
    author = await make.person(services)
    async with services.database.transaction() as tx:
        post_id = await make.post(tx, author.member)
    before = count_deadlocks(services)

    with capture_logs() as logs:
        answer = await cross(
            services.database,
            lambda: client.post(
                "social/comments",
                headers=author.headers | tagged(),
                json={"post_id": str(post_id), "content": "Lovely"},
            ),
            held=("users", author.id),
            taken=("posts", post_id),
        )

    assert answer.status_code == 201
    [told] = [each["conflict"] for each in logs if each["event"] == "change_retried"]
    assert told.count("waits for ShareLock on transaction") == 2
    assert count_deadlocks(services) > before
    async with borrowed(services) as raw:
        assert len(set(await raw.fetchval(_FOUND, post_id))) == 1
    assert [event.status for event in await events_of(services, answer)] == [201]


async def test_a_request_whose_conflict_stays_is_refused_after_three_retries(services):
    _, app = assemble(services, routes=(_be_impatient,))
    async with calling(app) as client, services.database.transaction(recorded=False) as tx:
        await tx.run("select from maintenance for update")
        answer = await client.post("impatient")

    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unavailable"
    assert answer.headers["retry-after"]
    assert _attempts == MAX_RETRIES + 1
    assert await _count_impatient(services) == 0


async def test_what_is_not_in_conflict_runs_once(services):
    _, app = assemble(services, routes=(_be_impatient,))
    async with calling(app) as client:
        answer = await client.post("impatient")

    assert answer.json()["data"] == 1
    assert await _count_impatient(services) == 1
    async with services.database.transaction() as tx:
        await tx.run("delete from outbox where name = 'Impatient'")
