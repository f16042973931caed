"""Reading the audit log over HTTP, and what requests leave in it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.audited import events_by, events_of, tagged
from tests.domains.auth.accounts import people
from tests.domains.auth.accounts.people import PASSWORD, bearer, sign_in, sign_up
from tests.domains.platform.audit.vault_steps import deed
from tests.infra.waiting import until
from tests.make import Person
from tests.raw import hearing
from veza.app.services import Services
from veza.core.access import Role
from veza.core.audit_record import AuditLog, AuditRecord
from veza.core.ids import TrackId, UserId, new_id
from veza.domains.auth.accounts import queries as accounts
from veza.domains.auth.accounts.rules import MAX_FAILED_LOGINS
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.platform.audit import personal_data as audit_personal
from veza.domains.platform.audit import service


@pytest.fixture
async def caller(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an address of their own, whose failed logins are nobody else's."""
    async with people.open_client(services, app) as made:
        yield made


@pytest.fixture
async def track_id(services: Services, admin: Person) -> TrackId:
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, admin.member, "A track")


async def record(services: Services, *deeds: AuditRecord) -> list[str]:
    async with services.database.transaction() as tx:
        await service.record(tx, deeds)
    return [str(one.id) for one in deeds]


async def read(client: httpx.AsyncClient, admin: Person, **query: object) -> list[dict]:
    wish = {name.rstrip("_"): str(value) for name, value in query.items()}
    answer = await client.get("admin/audit", params=wish, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["events"]


def id_of(services: Services, token: str) -> UserId:
    return services.session_tokens.tokens.read(token, AccessClaims).sub


async def test_an_event_shows_who_did_what_from_where_and_when(
    app: Litestar, services: Services, admin: Person, track_id: TrackId
) -> None:
    person = await make.person(services)
    headers = person.headers | tagged()

    async with people.open_client(services, app, address="192.0.2.44") as client:
        await client.post(f"tracks/{track_id}/like", headers=headers)
        (event,) = await read(client, admin, user_id=person.id)

    assert event == {
        "id": event["id"],
        "log": "members",
        "user_id": str(person.id),
        "profile_id": None,
        "action": "like_track",
        "resource": f"/api/v1/tracks/{track_id}/like",
        "status": 200,
        "ip": "192.0.2.44",
        "request_id": headers["X-Request-ID"],
        "created_at": event["created_at"],
        "is_anonymous": False,
    }
    assert datetime.fromisoformat(event["created_at"]).utcoffset() == timedelta(0)
    assert event["created_at"].endswith("Z")


async def test_who_registers_logs_in_refreshes_and_logs_out_is_named(
    caller: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(caller)
    signed_in = (await sign_in(caller, someone["email"], PASSWORD)).json()["data"]
    token = {"refresh_token": signed_in["refresh_token"]}
    fresh = (await caller.post("auth/refresh", json=token)).json()["data"]
    await caller.post("auth/refresh", json={"refresh_token": fresh["refresh_token"]})
    await caller.post("auth/refresh", json=token)
    again = (await sign_in(caller, someone["email"], PASSWORD)).json()["data"]
    await caller.post("auth/logout", headers=bearer(again["access_token"]))

    events = await events_by(services, user_id=id_of(services, fresh["access_token"]))

    assert [(event.action, event.status) for event in events] == [
        ("register", 201),
        ("login", 200),
        ("refresh", 200),
        ("refresh", 200),
        # The spent token came again: refused, and its session ended.
        ("refresh", 401),
        ("login", 200),
        ("logout", 200),
    ]


async def test_what_is_refused_appears_by_itself(
    caller: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    answer = await sign_in(caller, "nobody@example.com", PASSWORD)
    request_id = answer.headers["x-request-id"]

    async def is_there() -> bool:
        return bool(await read(caller, admin, request_id=request_id))

    await until(is_there)
    (event,) = await read(caller, admin, request_id=request_id)
    assert (event["action"], event["status"], event["user_id"]) == ("login", 401, None)
    assert event["is_anonymous"]


async def test_rate_limited_requests_are_not_recorded(
    caller: httpx.AsyncClient, services: Services
) -> None:
    for _ in range(MAX_FAILED_LOGINS):
        await sign_in(caller, "nobody-at-all@example.com", PASSWORD)

    answer = await sign_in(caller, "nobody-at-all@example.com", PASSWORD)

    assert answer.status_code == 429
    assert await events_of(services, answer) == []


async def test_plays_are_not_recorded(
    client: httpx.AsyncClient, services: Services, track_id: TrackId
) -> None:
    for seconds, track in ((40, track_id), (1, track_id), (40, new_id())):
        answer = await client.post(f"tracks/{track}/plays", json={"listened_seconds": seconds})
        assert await events_of(services, answer) == []


@pytest.mark.parametrize("role", [Role.USER, Role.CREATOR, Role.MODERATOR])
async def test_only_admins_read_it(
    client: httpx.AsyncClient, services: Services, role: Role
) -> None:
    person = await make.person(services, role)

    assert (await client.get("admin/audit", headers=person.headers)).status_code == 403
    assert (await client.get("admin/audit")).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=many",
        "cursor=nonsense",
        "user_id=me",
        "status=99",
        "status=600",
        "log=other",
        "from=yesterday",
        "to=2026-13-01",
        "to=0.5",
        "from=1700000000",
        "from=2026-02-30T00:00:00Z",
        "to=2026-01-01",
        f"action={'x' * 101}",
        "resource=%00",
        "request_id=%00",
    ],
)
async def test_an_invalid_query_is_refused(
    client: httpx.AsyncClient, admin: Person, query: str
) -> None:
    answer = await client.get(f"admin/audit?{query}", headers=admin.headers)

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01t00:00:00z"]
)
async def test_moments_at_the_edge_of_the_calendar_are_no_crash(
    client: httpx.AsyncClient, admin: Person, moment: str
) -> None:
    for name in ("from", "to"):
        answer = await client.get("admin/audit", params={name: moment}, headers=admin.headers)
        assert answer.status_code in {200, 400}, answer.text


async def test_each_filter_finds_its_own(
    client: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    person, ip, action = await make.person(services), f"fd00::{new_id().hex[-4:]}", new_id().hex
    route = f"/api/v1/{action}"
    theirs = deed(person.id, action=action)
    from_there = deed(ip=ip, action=action)
    refused = deed(status=418, action=action)
    staffs = deed(log=AuditLog.ADMIN, action=action)
    placed = deed(resource=f"{route}/one", action=action)
    ids = await record(services, theirs, from_there, refused, staffs, placed)

    async def find(**query: object) -> list[int]:
        return [ids.index(event["id"]) for event in await read(client, admin, **query)]

    assert await find(action=action) == [4, 3, 2, 1, 0]
    assert await find(user_id=person.id) == [0]
    assert await find(ip=ip) == [1]
    assert await find(action=action, status=418) == [2]
    assert await find(action=action, status=200) == [4, 3, 1, 0]
    assert await find(action=action, log="admin") == [3]
    assert await find(action=action, log="members") == [4, 2, 1, 0]
    assert await find(resource=route) == [4]
    assert await find(resource=f"{route}/one") == [4]
    assert await find(resource=f"{route}/on%") == []
    assert await find(resource=f"{route}/oné") == []
    assert await find(request_id=refused.request_id) == [2]
    assert await find(user_id=person.id, ip=ip) == []
    assert await find(user_id=new_id()) == []


async def test_times_are_kept_to_the_microsecond(
    client: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    action = new_id().hex
    ids = await record(services, *(deed(action=action) for _ in range(5)))
    events = await read(client, admin, action=action)
    moments = [event["created_at"] for event in events[::-1]]
    assert moments == sorted(moments)

    for number, moment in enumerate(moments):
        at = datetime.fromisoformat(moment)
        earlier = [e["id"] for e in await read(client, admin, action=action, to=moment)]
        since = [e["id"] for e in await read(client, admin, action=action, from_=moment)]
        assert earlier[::-1] + since[::-1] == ids
        assert len(earlier) <= number
        just_after = at + timedelta(microseconds=1)
        later = await read(client, admin, action=action, from_=just_after.isoformat())
        assert ids[number] not in [e["id"] for e in later]
    assert await read(client, admin, action=action, from_=moments[-1], to=moments[0]) == []
    # Without a zone it is UTC.
    bare = moments[0].removesuffix("Z")
    assert len(await read(client, admin, action=action, from_=bare)) == 5


async def test_pages_go_on_where_the_one_before_ended(
    client: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    action = new_id().hex
    ids = await record(services, *(deed(action=action) for _ in range(7)))
    found: list[str] = []
    cursor = ""
    for _ in range(4):
        path = f"admin/audit?action={action}&limit=2{cursor}"
        page = (await client.get(path, headers=admin.headers)).json()["data"]
        found += [event["id"] for event in page["events"]]
        # What comes in between is newer, and moves nothing.
        await record(services, deed(action=action))
        cursor = f"&cursor={quote(page['next_cursor'] or '')}"

    assert found == ids[::-1]
    assert page["has_more"] is False
    assert page["next_cursor"] is None


async def test_a_list_is_one_query(
    client: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    await record(services, *(deed(admin.id) for _ in range(3)))
    async with hearing(services, "audit") as statements:
        await read(client, admin, user_id=admin.id, status=200, log="members")

    assert len(statements) == 1


async def test_a_frequent_change_costs_no_statement_more(
    client: httpx.AsyncClient, services: Services, track_id: TrackId
) -> None:
    person = await make.person(services)
    for method in ("POST", "DELETE"):
        await client.request(method, f"tracks/{track_id}/like", headers=person.headers)
    # Afterwards it is known for a minute whether the owner reserves text and data mining.
    await client.get(f"tracks/{track_id}", headers=person.headers)
    async with hearing(services, "tracks") as statements:
        for method in ("POST", "DELETE"):
            await client.request(method, f"tracks/{track_id}/like", headers=person.headers)
        await client.get(f"tracks/{track_id}", headers=person.headers)

    assert ["audit" in sql for sql, _ in statements] == [True, True, False]


async def test_another_change_costs_one_statement_more(
    client: httpx.AsyncClient, services: Services, track_id: TrackId
) -> None:
    person, body = await make.person(services), {"content": "That bass!"}
    costs: list[int] = []
    for _ in range(2):
        async with hearing(services, "audit") as statements:
            await client.post(f"tracks/{track_id}/comments", headers=person.headers, json=body)
        costs.append(len(statements))

    # The first change of a member also creates what their records refer to.
    assert costs == [2, 1]


async def test_an_erased_member_s_events_are_there_without_them(
    client: httpx.AsyncClient, services: Services, admin: Person
) -> None:
    person, action = await make.person(services), new_id().hex
    theirs = deed(person.id, action=action)
    await record(services, theirs)
    async with services.database.transaction() as tx:
        await audit_personal.erase(tx, person.id)
        await accounts.delete_user(tx, person.id)

    (event,) = await read(client, admin, action=action)

    assert event == {
        "id": str(theirs.id),
        "log": "members",
        "user_id": None,
        "profile_id": None,
        "action": action,
        "resource": theirs.route,
        "status": 200,
        "ip": None,
        "request_id": None,
        "created_at": event["created_at"],
        "is_anonymous": False,
    }
    assert await read(client, admin, user_id=person.id) == []


async def test_many_who_change_at_once_are_all_recorded(
    client: httpx.AsyncClient, services: Services, track_id: TrackId
) -> None:
    people = [await make.person(services) for _ in range(50)]

    await asyncio.gather(
        *(client.post(f"tracks/{track_id}/like", headers=one.headers) for one in people)
    )

    events = await events_by(services, resource=f"/api/v1/tracks/{track_id}/like")
    assert {event.user_id for event in events} == {one.id for one in people}
    assert len(events) == 50
