"""Targets of streams: who names them, their keys, and what is shown of them."""

import asyncio
from uuid import UUID

import pytest
from msgspec import structs

from tests import make
from tests.http.apps import assemble, calling
from tests.make import Person
from tests.support.locks import ensure_waits
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import RestreamTargetId, UserId
from veza.core.rtmp_servers import NotRtmp, read_server
from veza.domains.profiles.events import ProfileManagementEnded
from veza.domains.restreams import rules
from veza.domains.restreams.jobs import switch_targets_off
from veza.domains.restreams.models import (
    RestreamReason,
    RestreamTargetChange,
    RestreamTargetForm,
    SealedTargetKey,
)
from veza.domains.restreams.service.targets import (
    SEALED_TARGET_KEYS,
    RestreamContext,
    RestreamSettings,
    add_target,
    change_target,
    open_key,
)
from veza.infra.security.encryption import Encryptor
from veza.infra.security.sealed_secrets import reseal

PATH = "live/restreams"
FORM = {"name": "Twitch", "url": "rtmps://live.example.org/app", "key": "live_12345_secret"}
ID = RestreamTargetId


@pytest.fixture
def call(client):
    async def send(who: Person | None, method: str, path: str = PATH, **form: object):
        headers = who.headers if who else {}
        given = {"json": form} if method in {"POST", "PUT"} else {}
        return await client.request(method, path, headers=headers, **given)

    return send


@pytest.fixture
def add(call, owner):
    async def send(who: Person = owner, **form: object) -> dict:
        answer = await call(who, "POST", **(FORM | form))
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return send


async def row_of(services: Services, target_id: str) -> SealedTargetKey:
    async with services.database.read() as conn:
        sql = "select id, sealed, sealed_with from restream_targets where id = $1"
        found = await conn.maybe(SealedTargetKey, sql, target_id)
    assert found is not None
    return found


async def test_a_key_is_stored_encrypted_and_never_shown(call, add, services, owner):
    made = await add()
    assert made["url"] == "rtmps://live.example.org:443/app"
    assert (made["is_enabled"], made["sends_private"], made["state"]) == (True, False, None)
    listed = await call(owner, "GET")
    changed = await call(owner, "PUT", f"{PATH}/{made['id']}", name="My Twitch")
    assert listed.json()["data"] == {"targets": [made], "is_available": True}
    for each in (listed.text, changed.text, str(made)):
        assert "secret" not in each
    row = await row_of(services, made["id"])
    assert b"secret" not in row.sealed
    assert open_key(services.live.encryptor, row) == FORM["key"]


async def test_only_who_manages_the_profile_sees_and_changes_targets(call, add, owner, other):
    made = await add()
    path = f"{PATH}/{made['id']}"
    assert (await call(None, "GET")).status_code == 401
    assert (await call(other, "GET")).json()["data"]["targets"] == []
    for answer in (
        await call(other, "PUT", path, name="Mine"),
        await call(other, "DELETE", path),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "restream_target_not_found")
    assert (await call(owner, "DELETE", path)).json()["data"] == {"id": made["id"]}
    assert (await call(owner, "DELETE", path)).status_code == 404


async def test_there_are_three_targets_also_when_they_come_at_once(call, owner):
    answers = await asyncio.gather(*(call(owner, "POST", **FORM) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 409, 409]
    assert len((await call(owner, "GET")).json()["data"]["targets"]) == rules.MAX_TARGETS


async def test_another_address_needs_the_key_again(call, add, services, owner):
    made = await add()
    path = f"{PATH}/{made['id']}"
    refused = await call(owner, "PUT", path, url="rtmps://thief.example.org/app")
    assert refused.status_code == 400
    [detail] = refused.json()["details"]
    assert (detail["field"], detail["rule"]) == ("key", "missing")
    # The same address, written another way, is no other.
    same = await call(owner, "PUT", path, url="rtmps://LIVE.example.org:443/app/")
    assert same.json()["data"]["url"] == made["url"]
    form = {"url": "rtmp://other.example.org/live2", "key": " new-key "}
    moved = await call(owner, "PUT", path, **form)
    assert moved.json()["data"]["url"] == "rtmp://other.example.org:1935/live2"
    assert open_key(services.live.encryptor, await row_of(services, made["id"])) == "new-key"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"url": "https://live.example.org/app"}, "url"),
        ({"url": "rtmp://live.example.org"}, "url"),
        ({"url": "rtmp://10.0.0.7/app"}, "url"),
        ({"url": "rtmp://[::1]/app"}, "url"),
        ({"url": "rtmp://[::ffff:127.0.0.1]/app"}, "url"),
        ({"url": "rtmp://live.example.org:25/app"}, "url"),
        ({"url": "rtmp://live.example.org:99999/app"}, "url"),
        ({"url": "rtmp://me:secret@live.example.org/app"}, "url"),
        ({"url": "rtmp://live.example.org/app?x=1"}, "url"),
        ({"url": "rtmp://live.example.org/a\r\nb"}, "url"),
        ({"url": "rtmp://[/app"}, "url"),
        ({"url": "rtmp://bücher.example/app"}, "url"),
        ({"url": "x" * 501}, "url"),
        ({"key": "two words"}, "key"),
        ({"key": "a\nb"}, "key"),
        ({"key": "   "}, "key"),
        ({"name": "   "}, "name"),
        ({"name": "n" * 101}, "name"),
    ],
)
async def test_what_is_no_target_is_refused(call, owner, form, field):
    answer = await call(owner, "POST", **(FORM | form))
    assert answer.status_code == 400, answer.text
    assert [each["field"] for each in answer.json()["details"]] == [field]
    assert "secret" not in answer.text


def test_addresses_keep_their_port_and_path():
    server = read_server("rtmps://live-api-s.facebook.com:443/rtmp/")
    assert (server.host, server.port, server.app) == ("live-api-s.facebook.com", 443, "rtmp")
    assert server.is_encrypted
    assert read_server("rtmp://a.rtmp.youtube.com/live2").port == 1935
    assert read_server("rtmp://[2600::1]/a/b").url == "rtmp://[2600::1]:1935/a/b"
    with pytest.raises(NotRtmp):
        read_server("rtmp://127.0.0.1:1935/live")
    assert read_server("rtmp://127.0.0.1:25/live", {"127.0.0.1:25"}).is_trusted


async def test_each_target_says_what_it_gets_of_the_stream_on_air(call, add, services, owner):
    first, second = await add(), await add(sends_private=True)
    async with services.database.transaction() as tx:
        air = {"status": "live", "is_live": True, "client_ref": "a/1", "seen_at": now()}
        stream_id = await make.stream(
            tx, owner.member, started_at=now(), audience="unlisted", **air
        )
        sql = """
            insert into stream_restreams (target_id, stream_id, target_version, state, reason,
                                          since, failures, retry_at)
                 values ($1, $2, 1, 'waiting', 'refused', now(), 2, now())
        """
        await tx.run(sql, second["id"], stream_id)

    async def states() -> list[tuple[str | None, str | None]]:
        listed = (await call(owner, "GET")).json()["data"]["targets"]
        return [(each["state"], each["reason"]) for each in listed]

    assert await states() == [("withheld", None), ("waiting", "refused")]
    # A change makes it begin anew; what is switched off has no state.
    await call(owner, "PUT", f"{PATH}/{second['id']}", is_enabled=True)
    assert await states() == [("withheld", None), ("connecting", None)]
    await call(owner, "PUT", f"{PATH}/{first['id']}", is_enabled=False)
    assert (await states())[0] == (None, None)
    async with services.database.transaction() as tx:
        await tx.run("update streams set is_taken_down = true where id = $1", stream_id)
    assert await states() == [(None, None), (None, None)]


async def test_a_server_that_sends_nothing_on_takes_no_targets(services, owner):
    own = structs.replace(services.settings, live_restreams=0)
    _, app = assemble(structs.replace(services, settings=own))
    async with calling(app) as client:
        refused = await client.post(PATH, headers=owner.headers, json=FORM)
        listed = await client.get(PATH, headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "restreams_off")
    assert listed.json()["data"] == {"targets": [], "is_available": False}


async def test_who_no_longer_manages_a_page_gets_nothing_more(add, call, services, owner):
    made = await add()
    event = ProfileManagementEnded(owner.id, UserId(owner.id))
    for _ in range(2):
        async with services.database.transaction() as tx:
            await switch_targets_off(tx, event)
    [shown] = (await call(owner, "GET")).json()["data"]["targets"]
    assert (shown["id"], shown["is_enabled"]) == (made["id"], False)


async def test_keys_are_encrypted_again_with_a_new_key(add, services):
    made = await add()
    row = await row_of(services, made["id"])
    async with services.database.transaction() as tx:
        await tx.run("delete from restream_targets where id <> $1", made["id"])
        old = Encryptor(lambda: ["o" * 43])
        sealed = old.encrypt("the key", rules.key_context(row.id))
        sql = "update restream_targets set sealed = $1, sealed_with = 1"
        await tx.run(sql, sealed.content)
    both = Encryptor(lambda: ["o" * 43, "n" * 43])
    assert await reseal(services.database, both, SEALED_TARGET_KEYS) == 1
    assert await reseal(services.database, both, SEALED_TARGET_KEYS) == 0
    changed = await row_of(services, made["id"])
    assert (changed.sealed_with, open_key(both, changed)) == (2, "the key")


async def test_a_change_waits_for_another(add, services, owner):
    made = await add()
    target_id = ID(UUID(made["id"]))
    context = RestreamContext(RestreamSettings(1, ()), services.live)
    change = RestreamTargetChange(name="Later")

    async def rename(tx):
        await change_target(tx, context, target_id, owner.member, change)

    async def add_another(tx):
        await add_target(tx, context, owner.member, RestreamTargetForm(**FORM))

    await ensure_waits(services.database, rename, "restream_targets", target_id)
    await ensure_waits(services.database, add_another, "users", owner.id)


def test_pauses_grow_up_to_a_minute_and_end():
    pauses = [rules.find_pause(each).total_seconds() for each in range(1, 9)]
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert not rules.is_given_up(RestreamReason.REFUSED, rules.MAX_FAILURES - 1)
    assert rules.is_given_up(RestreamReason.REFUSED, rules.MAX_FAILURES)
    assert rules.is_given_up(RestreamReason.PRIVATE_ADDRESS, 1)
