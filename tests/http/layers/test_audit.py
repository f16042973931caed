"""Which requests are recorded, when, and with what: whatever becomes of them."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar.exceptions import LitestarException

from tests import make
from tests.audited import events_by, events_of
from tests.http.apps import ask, calling
from tests.http.changing_routes import change, count_changes
from tests.infra.databases import execute
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.core.access import Role
from veza.core.audit_record import AuditLog
from veza.domains.platform.audit.models import AuditEvent


def said(event: AuditEvent) -> tuple[str, int]:
    return event.action, event.status


async def test_a_change_is_recorded_with_all_that_is_known_of_it(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    person = await make.person(services)

    answer = await changing.post("odd/changes", json={"word": word}, headers=person.headers)
    (event,) = await events_of(services, answer)

    assert event == AuditEvent(
        id=event.id,
        log=AuditLog.MEMBERS,
        user_id=person.id,
        profile_id=None,
        action="make_change",
        resource="/api/v1/odd/changes",
        status=202,
        ip="127.0.0.1",
        request_id=answer.headers["x-request-id"],
        created_at=event.created_at,
        is_anonymous=False,
    )


async def test_the_record_is_there_when_the_answer_is(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/changes", json={"word": word})

    async with services.database.read() as conn:
        sql = "select count(*) from audit_details where request_id = $1"
        assert await conn.value(int, sql, answer.headers["x-request-id"]) == 1


async def test_what_was_undone_is_recorded_as_refused_alone(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/refusals", json={"word": word})

    assert await count_changes(services, word) == 0
    assert [said(event) for event in await events_of(services, answer)] == [
        ("change_and_refuse", 409)
    ]


async def test_a_refusal_that_changes_something_is_recorded_once(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/committed-refusals", json={"word": word})

    assert await count_changes(services, word) == 1
    assert [said(event) for event in await events_of(services, answer)] == [
        ("refuse_and_change", 403)
    ]


async def test_a_crash_after_the_change_is_recorded_beside_the_change(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.put("odd/crashes", json={"word": word})

    assert answer.status_code == 500
    assert await count_changes(services, word) == 1
    assert [said(event) for event in await events_of(services, answer)] == [
        ("change_and_crash", 200),
        ("change_and_crash", 500),
    ]


async def test_of_several_transactions_the_first_that_counts_has_the_record(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/several", json={"word": word})

    assert await count_changes(services, word) == 2
    assert [said(event) for event in await events_of(services, answer)] == [("change_twice", 201)]


async def test_a_transaction_that_failed_has_no_record_and_the_next_one_has(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/second-tries", json={"word": word})

    assert await count_changes(services, word) == 1
    assert [said(event) for event in await events_of(services, answer)] == [
        ("change_at_second_try", 201)
    ]


async def test_a_success_that_changed_nothing_is_recorded_too(
    changing: httpx.AsyncClient, services: Services
) -> None:
    answer = await changing.post("odd/words", json={"word": "hello"})

    assert [said(event) for event in await events_of(services, answer)] == [("read_only", 200)]


async def test_another_status_than_promised_is_recorded_as_well(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/other-status", json={"word": word})

    assert [said(event) for event in await events_of(services, answer)] == [
        ("answer_otherwise", 200),
        ("answer_otherwise", 203),
    ]


@pytest.mark.parametrize(
    ("method", "path", "content", "action", "status"),
    [
        ("POST", "odd/changes", b"{", "make_change", 400),
        ("POST", "odd/changes", b"{}", "make_change", 400),
        ("POST", "odd/changes", b'{"word": "%s"}' % (b"x" * 2**21), "make_change", 413),
        ("DELETE", "odd/changes", b"", "unknown", 405),
        ("PATCH", "nowhere/at/all", b"", "unknown", 404),
        ("POST", "odd/changes", b"\xff\xfe", "make_change", 400),
        ("PUT", "odd/%00%ff%F0%9F%92%A5", b"", "unknown", 404),
    ],
)
async def test_what_can_not_be_read_is_recorded(
    changing: httpx.AsyncClient, services: Services, method, path, content, action, status
) -> None:
    headers = {"content-type": "application/json"}
    answer = await changing.request(method, path, content=content, headers=headers)

    assert answer.status_code == status
    assert [said(event) for event in await events_of(services, answer)] == [(action, status)]


async def test_who_is_known_is_named_in_refusals_too(
    changing: httpx.AsyncClient, services: Services
) -> None:
    person = await make.person(services)

    unreadable = await changing.post("odd/changes", content=b"{", headers=person.headers)
    forbidden = await changing.post("admin/odd", headers=person.headers)
    forged = await changing.post("odd/changes", headers={"Authorization": "Bearer forged"})

    assert [e.user_id for e in await events_of(services, unreadable)] == [person.id]
    assert [(e.user_id, e.log, e.status) for e in await events_of(services, forbidden)] == [
        (person.id, AuditLog.ADMIN, 403)
    ]
    assert [(e.user_id, e.status) for e in await events_of(services, forged)] == [(None, 401)]


async def test_what_staff_does_stands_in_a_log_of_its_own(
    changing: httpx.AsyncClient, services: Services
) -> None:
    admin = await make.person(services, Role.ADMIN)

    done = await changing.post("admin/odd", headers=admin.headers)
    twisted = await changing.post(f"{BASE_URL}//api/v1//admin/odd/", headers=admin.headers)
    unknown = await changing.post("admin/nowhere", headers=admin.headers)
    beside = await changing.post("administration", headers=admin.headers)

    assert [done.status_code, twisted.status_code, unknown.status_code] == [201, 201, 404]
    for answer in (done, twisted, unknown):
        assert [event.log for event in await events_of(services, answer)] == [AuditLog.ADMIN]
    assert [event.log for event in await events_of(services, beside)] == [AuditLog.MEMBERS]


async def test_what_is_left_out_is_left_out_in_every_case(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    for content in ({"word": word}, {"word": "crash"}, {}):
        answer = await changing.patch("odd/quiet", json=content)
        assert await events_of(services, answer) == []

    assert await count_changes(services, word) == 1


@pytest.mark.parametrize("path", ["/health", "/metrics", "/swagger", "/swagger/openapi.json"])
@pytest.mark.parametrize("base", ["", "/api/v1"])
async def test_paths_where_nothing_can_change_are_skipped(
    changing_app: Any, services: Services, base: str, path: str
) -> None:
    async with calling(changing_app, path="") as client:
        answer = await client.post(base + path)

    assert answer.status_code in {404, 405}
    assert await events_of(services, answer) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_reading_is_not_recorded(
    changing: httpx.AsyncClient, services: Services, method: str
) -> None:
    answer = await changing.request(method, "tracks")

    assert await events_of(services, answer) == []


async def test_after_a_request_nothing_is_recorded_under_its_name(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    answer = await changing.post("odd/words", json={"word": word})
    before = len(await events_by(services))
    async with services.database.transaction() as tx:
        await change(tx, word)

    assert len(await events_of(services, answer)) == 1
    assert len(await events_by(services)) == before


async def test_requests_at_once_are_told_apart(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    people = [await make.person(services) for _ in range(20)]

    answers = await asyncio.gather(
        *(changing.post("odd/changes", json={"word": word}, headers=p.headers) for p in people)
    )

    for person, answer in zip(people, answers, strict=True):
        assert [e.user_id for e in await events_of(services, answer)] == [person.id]


async def test_an_answer_that_nobody_takes_any_more_is_recorded_as_it_was(
    changing_app: Any, services: Services, word: str
) -> None:
    body = b'{"word": "%s"}' % word.encode()
    headers = [
        (b"host", b"veza.test"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", word.encode()),
    ]
    scope = {"path": "/api/v1/odd/changes", "method": "POST", "headers": headers}

    def break_off(message: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(LitestarException):
        await ask(changing_app, scope, [{"type": "http.request", "body": body}], break_off)

    assert await count_changes(services, word) == 1
    assert [said(event) for event in await events_by(services, request_id=word)] == [
        ("make_change", 202)
    ]


async def test_where_the_record_can_not_be_written_nothing_changes(
    changing: httpx.AsyncClient, services: Services, word: str
) -> None:
    owner, table = services.addresses.migration, "alter table audit_unsigned_events"
    await execute(owner, f"{table} add constraint full_up check (false) not valid")
    try:
        answer = await changing.post("odd/changes", json={"word": word})
    finally:
        await execute(owner, f"{table} drop constraint full_up")

    assert answer.status_code == 500
    assert await count_changes(services, word) == 0
