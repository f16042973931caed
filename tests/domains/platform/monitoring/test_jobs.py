"""Listing, retrying and deleting background jobs, for admins."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from msgspec import Struct

from tests import make
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.platform.monitoring import rules
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres.database import Database


class SendLetter(Struct, frozen=True):
    letter_id: UUID
    token: str = "secret"


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = 'SendLetter'")

    await clean()
    yield services.database
    await clean()


async def fail_for_good(services, database, key=None):
    """Enqueue a job and have it fail until it is held; give the letter's id."""
    letter_id = uuid4()
    async with database.transaction() as tx:
        await enqueue(tx, SendLetter(letter_id), key=key)
        await tx.run("update jobs set attempts = 4 where name = 'SendLetter'")

    async def fail(_: SendLetter) -> None:
        raise ZeroDivisionError("token=secret")

    await run(services, fail)
    return letter_id


async def run(services, action):
    handlers = {SendLetter: Handler(action, at_once=8)}
    await Worker(services.addresses.database, handlers, {}).run_until_empty()


async def listed(client, admin, **query):
    answer = await client.get("admin/jobs", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    page = answer.json()["data"]
    return [job for job in page["jobs"] if job["name"] == "SendLetter"]


async def retry(client, admin, job_id):
    return await client.post(f"admin/jobs/{job_id}/retry", headers=admin.headers)


async def test_a_failed_job_is_shown_with_its_ids_and_without_its_secrets(
    client, services, database, admin
):
    letter_id = await fail_for_good(services, database)

    answer = await client.get("admin/jobs", headers=admin.headers)

    [job] = [job for job in answer.json()["data"]["jobs"] if job["name"] == "SendLetter"]
    assert (job["status"], job["attempts"]) == ("failed", 5)
    assert job["subjects"] == {"letter_id": str(letter_id)}
    assert job["error"] == "ZeroDivisionError"
    assert "secret" not in answer.text


async def test_a_retried_job_runs_and_is_deleted(client, services, database, admin):
    letter_id = await fail_for_good(services, database)
    [failed] = await listed(client, admin)
    sent = []

    async def send(job: SendLetter) -> None:
        sent.append(job.letter_id)

    await run(services, send)
    assert sent == [], "What failed for good waits for somebody."
    answer = await retry(client, admin, failed["id"])
    assert answer.status_code == 200, answer.text
    job = answer.json()["data"]
    assert (job["id"], job["status"]) == (failed["id"], "waiting")
    assert (job["attempts"], job["error"]) == (0, None)
    await run(services, send)

    assert sent == [letter_id]
    for status in ("failed", "waiting", "running"):
        assert await listed(client, admin, status=status) == []
    assert (await retry(client, admin, failed["id"])).status_code == 404


async def test_a_job_that_fails_again_is_listed_again(client, services, database, admin):
    await fail_for_good(services, database)
    [failed] = await listed(client, admin)
    await retry(client, admin, failed["id"])
    async with database.transaction() as tx:
        await tx.run("update jobs set attempts = 4 where name = 'SendLetter'")

    async def fail(_: SendLetter) -> None:
        raise KeyError

    await run(services, fail)

    [again] = await listed(client, admin)
    assert (again["id"], again["error"]) == (failed["id"], "KeyError")


async def test_concurrent_retries_requeue_once(client, services, database, admin):
    await fail_for_good(services, database)
    [failed] = await listed(client, admin)

    answers = await asyncio.gather(*(retry(client, admin, failed["id"]) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"job_not_failed"}


async def test_a_waiting_job_cannot_be_retried(client, database, admin):
    async with database.transaction() as tx:
        await enqueue(tx, SendLetter(uuid4()))
    [job] = await listed(client, admin, status="waiting")
    assert (job["status"], job["attempts"]) == ("waiting", 0)

    for answer in (
        await retry(client, admin, job["id"]),
        await client.delete(f"admin/jobs/{job['id']}", headers=admin.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "job_not_failed")


async def test_a_job_that_runs_is_listed_as_such(client, services, database, admin):
    async with database.transaction() as tx:
        await enqueue(tx, SendLetter(uuid4()))
    seen = []

    async def look(_: SendLetter) -> None:
        seen.extend(await listed(client, admin, status="running"))

    await run(services, look)

    assert [job["status"] for job in seen] == ["running"]


async def test_a_job_enqueued_again_cannot_be_retried(client, services, database, admin):
    await fail_for_good(services, database, key="letter")
    [failed] = await listed(client, admin)
    async with database.transaction() as tx:
        await enqueue(tx, SendLetter(uuid4()), key="letter")

    answer = await retry(client, admin, failed["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "job_not_needed")
    assert len(await listed(client, admin)) == 1
    path = f"admin/jobs/{failed['id']}"
    assert (await client.delete(path, headers=admin.headers)).status_code == 200
    assert await listed(client, admin) == []
    assert len(await listed(client, admin, status="waiting")) == 1


async def test_jobs_are_paged_newest_first(client, database, admin):
    async with database.transaction() as tx:
        for _ in range(7):
            await enqueue(tx, SendLetter(uuid4()))
        sql = "update jobs set status = 'failed' where name = 'SendLetter'"
        await tx.run(sql)

    seen, query = [], {"limit": 3}
    while True:
        answer = await client.get("admin/jobs", params=query, headers=admin.headers)
        page = answer.json()["data"]
        seen += [job["id"] for job in page["jobs"] if job["name"] == "SendLetter"]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]

    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("job_id", [UUID(int=0), UUID(int=2**63 - 1), UUID(int=2**128 - 1)])
async def test_an_unknown_job_is_404(client, admin, job_id):
    for answer in (
        await retry(client, admin, job_id),
        await client.delete(f"admin/jobs/{job_id}", headers=admin.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("query", ["status=done", "limit=0", "limit=101", "cursor=nonsense"])
async def test_an_invalid_list_request_is_refused(client, admin, query):
    answer = await client.get(f"admin/jobs?{query}", headers=admin.headers)

    assert answer.status_code == 400, answer.text


async def test_a_cursor_of_another_list_shows_nothing_wrong(client, services, admin):
    users = (await client.get("admin/users?limit=1", headers=admin.headers)).json()["data"]

    answer = await client.get(
        "admin/jobs", params={"cursor": users["next_cursor"]}, headers=admin.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("role", [None, Role.USER, Role.CREATOR, Role.MODERATOR])
async def test_only_admins_see_jobs(client, services, role):
    headers = (await make.person(services, role)).headers if role else {}

    for method, path in (
        ("GET", "admin/stats"),
        ("GET", "admin/jobs"),
        ("POST", f"admin/jobs/{UUID(int=1)}/retry"),
        ("DELETE", f"admin/jobs/{UUID(int=1)}"),
    ):
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code == (403 if role else 401), path


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b'{"track_id": "0198c0de-0000-7000-8000-000000000000"}', ["track_id"]),
        (b'{"id": "0198c0de-0000-7000-8000-000000000000", "id_of": "x"}', ["id"]),
        (b'{"token": "0198c0de-0000-7000-8000-000000000000"}', []),
        (b'{"track_id": "a secret", "user_id": 5, "other_id": null}', []),
        (b"{}", []),
        (b"[]", []),
        (b"", []),
        (b"\xff", []),
    ],
)
def test_only_ids_of_a_job_are_shown(payload, named):
    assert list(rules.subjects_of(payload)) == named
