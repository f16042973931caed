"""A server whose disk is almost full stores nothing new, and goes on with everything else."""

import copy
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec import structs
from structlog.testing import capture_logs

from tests import make
from tests.domains.realtime.chat_client import connected
from tests.http.apps import assemble, calling
from tests.infra.databases import execute
from tests.make import PASSWORD, Person
from tests.server.running import answer_lifespan, run_server
from veza.app.file_storage import create_disk_reserve
from veza.app.openid import create_identity_providers
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.errors import DiskReserveReached
from veza.domains.platform.monitoring.shared_metrics import SharedMetrics
from veza.infra.storage.disk_reserve import RETRY_AFTER_S, DiskReserve

MORE_THAN_ANY_DISK = 2**62
_FULL = """
    create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$
"""


@pytest.fixture
async def full(services: Services) -> Services:
    """The services of a server that believes to be at its reserve."""
    storage = copy.copy(services.storage)
    storage.disk = DiskReserve([services.settings.data_dir], reserve_bytes=MORE_THAN_ANY_DISK)
    await storage.disk.measure()
    return structs.replace(services, uploads=structs.replace(services.uploads, storage=storage))


@pytest.fixture
async def crammed(full: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(assemble(full)[1]) as client:
        yield client


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


def _refused(answer: httpx.Response) -> None:
    assert answer.status_code == 507, answer.text
    assert answer.json()["code"] == "storage_full"
    assert answer.headers["retry-after"] == str(RETRY_AFTER_S)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "social/posts"),
        ("POST", "social/comments"),
        ("POST", "tracks"),
        ("POST", "images"),
        ("POST", "cloud/files"),
        ("POST", "uploads"),
        ("PATCH", "uploads/00000000-0000-7000-8000-000000000000"),
        ("POST", "marketplace/orders"),
        ("POST", "conversations/00000000-0000-7000-8000-000000000000/messages"),
        ("PUT", "users/me"),
        ("POST", "users/me/export"),
    ],
)
async def test_what_stores_something_new_is_507(
    crammed: httpx.AsyncClient, ann: Person, method: str, path: str
) -> None:
    _refused(await crammed.request(method, path, headers=ann.headers, json={}))


async def test_sign_ups_are_refused_and_signing_in_and_out_goes_on(
    services: Services, full: Services, crammed: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    form = {"username": "thrifty", "email": "thrifty@example.com", "password": PASSWORD}
    _refused(await crammed.post("auth/register", json=form))
    assert (await client.post("auth/register", json=form)).status_code == 201

    answer = await crammed.post("auth/login", json=form)
    assert answer.status_code == 200, answer.text
    token = answer.json()["data"]["refresh_token"]
    answer = await crammed.post("auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()["data"]
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    body = {"refresh_token": tokens["refresh_token"]}
    answer = await crammed.post("auth/logout", headers=headers, json=body)
    assert answer.status_code == 200, answer.text

    async with services.database.read() as conn:
        with pytest.raises(DiskReserveReached):
            await create_identity_providers(full).is_sign_up_open(conn)


async def test_playing_reading_and_deleting_go_on(
    services: Services, crammed: httpx.AsyncClient, ann: Person
) -> None:
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, ann.member, "Full house")
        post_id = await make.post(tx, ann.member)

    assert (await crammed.get(f"tracks/{track_id}")).status_code == 200
    played = await crammed.post(f"tracks/{track_id}/plays", json={}, headers=ann.headers)
    assert played.status_code != 507, played.text
    deleted = await crammed.delete(f"social/posts/{post_id}", headers=ann.headers)
    assert deleted.status_code == 200, deleted.text
    deleted = await crammed.delete(f"tracks/{track_id}", headers=ann.headers)
    assert deleted.status_code == 200, deleted.text


async def test_staff_can_work_to_make_room(services: Services, crammed: httpx.AsyncClient) -> None:
    admin = await make.person(services, Role.ADMIN)
    form = {"title": "Full", "content": "We make room.", "audience": "everyone"}
    answer = await crammed.post("admin/announcements", headers=admin.headers, json=form)
    assert answer.status_code in {200, 201, 400}, answer.text


async def test_refusals_leave_no_audit_record_and_no_crash(
    full: Services, crammed: httpx.AsyncClient, ann: Person
) -> None:
    with capture_logs() as logs:
        answer = await crammed.post("social/posts", headers=ann.headers, json={"content": "a"})
    _refused(answer)
    assert not [log for log in logs if log["log_level"] in {"warning", "error"}]
    await full.unrecorded.flush()
    async with full.database.read() as conn:
        sql = "select count(*) from audit_details where request_id = $1"
        assert await conn.value(int, sql, answer.json()["request_id"]) == 0


async def test_players_keep_playing_but_store_nothing(
    services: Services, full: Services, ann: Person
) -> None:
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, ann.member, "Full moon")
    password = await make.app_password(services, ann)
    asked = {"u": ann.username, "p": password, "c": "t", "v": "1.16.1", "f": "json"}

    async with calling(assemble(full)[1], path="/rest/") as player:

        async def call(name: str, **given: object) -> str:
            answer = await player.post(name, data=asked | given)
            envelope = answer.json()["subsonic-response"]
            return (
                envelope["status"] if envelope["status"] == "ok" else envelope["error"]["message"]
            )

        assert await call("getPlaylists") == "ok"
        assert await call("unstar", id=f"tr-{track_id}") != DiskReserveReached.message
        for name in ("createPlaylist", "star", "createBookmark", "setRating"):
            assert await call(name) == DiskReserveReached.message


async def test_messages_over_the_websocket_are_refused(
    services: Services, full: Services, ann: Person
) -> None:
    room = str(await make.conversation(services, "room", ann))
    wrapped = assemble(full)[1]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
        else:
            await wrapped(scope, receive, send)

    async with run_server(app) as running:
        address = f"ws://127.0.0.1:{running.port}/api/v1/chat/ws"
        async with connected(services, address, ann) as (socket,):
            await socket.ack("join", conversation_id=room)
            sent = await socket.request("message", conversation_id=room, content="Hello")
            assert sent["type"] == "error"
            assert sent["data"]["code"] == "storage_full"
            assert sent["data"]["retry_after"] == RETRY_AFTER_S
            await socket.flush()


async def test_a_database_that_has_no_space_left_answers_507_and_is_no_bug(
    services: Services, client: httpx.AsyncClient, ann: Person
) -> None:
    owner = services.addresses.migration
    room = await make.conversation(services, "room", ann)
    await execute(owner, _FULL)
    try:
        for table in ("posts", "messages"):
            trigger = (
                f"create trigger no_space before insert on {table} execute function full_disk()"
            )
            await execute(owner, trigger)
        with capture_logs() as logs:
            for path in ("social/posts", f"conversations/{room}/messages"):
                answer = await client.post(path, headers=ann.headers, json={"content": "Hello"})
                assert answer.status_code == 507, answer.text
                assert answer.json()["code"] == "out_of_space"
    finally:
        await execute(owner, "drop function full_disk cascade")
    assert not [log for log in logs if log["log_level"] == "error"]


async def test_it_stays_ready_but_degraded_and_metrics_tell(
    full: Services, crammed: httpx.AsyncClient
) -> None:
    ready = await crammed.get("readyz")
    assert (ready.status_code, ready.json()["data"]["status"]) == (200, "degraded")
    deep = (await crammed.get("health/deep")).json()["data"]
    assert deep["status"] == "degraded"
    assert deep["checks"]["disk"]["status"] == "error"
    assert deep["checks"]["disk"]["details"]["is_read_only"] is True
    metrics = await SharedMetrics(full.database, full.disk).get()
    [read_only] = [each for each in metrics if each.name == "veza_disk_read_only"]
    assert [sample.value for sample in read_only.samples] == [1]


@pytest.mark.parametrize(
    ("changed", "is_read_only"),
    [
        ({}, True),
        ({"database_url": "postgresql://x@y/z"}, True),
        ({"storage_url": "s3://bucket"}, True),
        ({"database_url": "postgresql://x@y/z", "storage_url": "s3://bucket"}, False),
        ({"disk_reserve_bytes": 0}, False),
    ],
    ids=str,
)
async def test_it_depends_on_what_the_disks_of_this_machine_hold(
    settings: Settings, changed: dict[str, Any], is_read_only: bool
) -> None:
    wanted = {"disk_reserve_bytes": MORE_THAN_ANY_DISK} | changed
    disk = create_disk_reserve(structs.replace(settings, **wanted))
    await disk.measure()
    assert disk.is_read_only is is_read_only
