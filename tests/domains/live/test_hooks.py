"""The hooks of the ingest: which encoders are admitted and disconnected, and how streams change."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from tests import make
from tests.domains.live.streams_steps import Ingest, key_of, passed, seen
from tests.http.apps import assemble
from tests.support.addresses import BASE_URL
from veza.app.api import wrap
from veza.core.ids import new_id
from veza.domains.live.rules.encoders import generate_key


async def count_streams(services, owner) -> int:
    async with services.database.read() as conn:
        sql = "select count(*) from streams where owner_id = $1"
        return await conn.value(int, sql, owner.id) or 0


async def test_an_encoder_is_redirected_to_an_address_without_key(client, ingest, create, owner):
    stream = await create()
    answer = await ingest.say("publish", stream["stream_key"], call="publish")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"rtmp://127.0.0.2:1935/play/{stream['id']}"
    assert stream["stream_key"] not in answer.text + str(answer.headers)
    live = await seen(client, stream["id"])
    assert (live["status"], live["is_live"]) == ("live", True)
    assert live["started_at"] is not None


async def test_a_member_without_draft_goes_live(client, ingest, key, owner):
    stream_id = await ingest.publish(key)
    live = await seen(client, stream_id)
    assert (live["is_live"], live["title"]) == (True, f"{owner.username} live")


async def test_the_latest_draft_goes_live(client, ingest, create):
    await create(title="Earlier")
    latest = await create(title="Latest")
    assert await ingest.publish(latest["stream_key"]) == latest["id"]


async def test_the_next_stream_copies_the_last(client, services, ingest, create):
    first = await create(slow_mode_seconds=30)
    key = first["stream_key"]
    assert await ingest.publish(key) == first["id"]
    assert await ingest.done(key) == 200
    await passed(services, first["id"], 60)

    second = await ingest.publish(key)

    assert second != first["id"]
    live = await seen(client, second)
    for name in ("title", "category", "tags", "slow_mode_seconds"):
        assert live[name] == first[name]
    assert live["conversation_id"] != first["conversation_id"]
    assert (await seen(client, first["id"]))["status"] == "ended"


async def test_a_second_encoder_is_refused(client, ingest, create):
    stream = await create()
    key = stream["stream_key"]
    await ingest.publish(key, "1")
    assert (await ingest.say("publish", key, "2")).status_code == 403
    # nginx tells of the end of a connection that it never let in, too.
    assert await ingest.done(key, "2") == 200
    assert await ingest.update(key, "2") == 403
    assert (await seen(client, stream["id"]))["is_live"]
    assert await ingest.update(key, "1") == 200


async def test_an_encoder_reconnects_after_a_restart_of_the_ingest(
    client, services, ingest, create
):
    stream = await create()
    key, again = stream["stream_key"], replace(ingest, name="n-2")
    await replace(ingest, name="n-1").publish(key, "9")
    assert (await again.say("publish", key, "1")).status_code == 403
    await passed(services, stream["id"], 3)
    assert (await ingest.say("publish", key, "1")).status_code == 302
    await passed(services, stream["id"], 3)
    assert await again.publish(key, "1") == stream["id"]
    assert await again.update(key, "1") == 200
    assert await replace(ingest, name="n-1").update(key, "9") == 403
    assert (await seen(client, stream["id"]))["is_live"]


async def test_one_of_many_concurrent_encoders_is_admitted(ingest, services, key, owner):
    answers = await asyncio.gather(*(ingest.say("publish", key, str(n)) for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [302, *[403] * 7]
    assert await count_streams(services, owner) == 1


async def test_a_lost_encoder_interrupts_the_stream_until_it_returns(
    client, services, ingest, create
):
    stream = await create()
    key = stream["stream_key"]
    await ingest.publish(key, "1")
    await passed(services, stream["id"], 5)
    assert (await seen(client, stream["id"]))["is_live"]
    await passed(services, stream["id"], 11)
    lost = await seen(client, stream["id"])
    assert (lost["status"], lost["is_live"]) == ("live", False)

    await passed(services, stream["id"], 20)
    assert await ingest.publish(key, "2") == stream["id"]
    back = await seen(client, stream["id"])
    assert (back["status"], back["is_live"]) == ("live", True)
    assert back["started_at"] == lost["started_at"]


async def test_an_interrupted_stream_ends_after_a_minute(client, services, ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await ingest.done(stream["stream_key"])
    assert (await seen(client, stream["id"]))["is_live"] is False
    await passed(services, stream["id"], 20)
    assert (await seen(client, stream["id"]))["status"] == "live"
    await passed(services, stream["id"], 41)
    over = await seen(client, stream["id"])
    assert over["status"] == "ended"
    assert over["ended_at"] is not None
    assert await ingest.update(stream["stream_key"]) == 403


async def test_a_late_heartbeat_continues_the_stream(client, services, ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await passed(services, stream["id"], 20)
    assert await ingest.update(stream["stream_key"]) == 200
    assert (await seen(client, stream["id"]))["is_live"]


async def test_the_worker_expires_streams_and_announces_their_end(services, ingest, create):
    stream = await create(title=f"Nobody looks {new_id()}")
    await ingest.publish(stream["stream_key"])
    async with services.database.transaction() as tx:
        sql = "update streams set seen_at = now() - interval '2 hours' where title = $1"
        await tx.run(sql, stream["title"])
    assert await ingest.update(stream["stream_key"]) == 403
    assert await ingest.publish(stream["stream_key"]) != stream["id"]


async def test_late_hooks_of_an_old_connection_are_ignored(client, ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await ingest.done(stream["stream_key"])
    assert await ingest.update(stream["stream_key"]) == 403
    assert await ingest.done(stream["stream_key"]) == 200
    assert not (await seen(client, stream["id"]))["is_live"]


async def test_a_new_key_disconnects_the_encoder_and_continues_the_stream(
    client, ingest, create, owner
):
    stream = await create()
    old = stream["stream_key"]
    await ingest.publish(old)
    answer = await client.post("live/streams/me/key/regenerate", headers=owner.headers)
    assert answer.status_code == 200
    new = answer.json()["data"]["stream_key"]
    assert new != old
    assert await key_of(client, owner) == new

    assert not (await seen(client, stream["id"]))["is_live"]
    assert await ingest.update(old) == 403
    assert (await ingest.say("publish", old)).status_code == 403
    assert await ingest.done(old) == 200
    assert await ingest.publish(new, "8") == stream["id"]


async def test_ending_a_stream_disconnects_its_encoder(client, ingest, create, owner):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    path = f"live/streams/{stream['id']}/end"
    ended = await client.post(path, headers=owner.headers)
    assert ended.status_code == 200
    assert ended.json()["data"]["status"] == "ended"
    assert await ingest.update(stream["stream_key"]) == 403
    assert (await client.post(path, headers=owner.headers)).json()["code"] == "stream_not_live"


async def test_encoders_of_suspended_members_are_refused(services, ingest, create, owner):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await make.suspended(services, owner)
    assert await ingest.update(stream["stream_key"]) == 403
    assert await ingest.done(stream["stream_key"]) == 200
    assert (await ingest.say("publish", stream["stream_key"])).status_code == 403


@pytest.mark.parametrize("written", ["call=update_play", "name=x", "clientid=1", "name=&call="])
async def test_parameters_of_the_encoder_do_not_override_the_ingest(ingest, create, written):
    """nginx passes it on behind its own words; so a stolen key would never be cut off."""
    stream = await create()

    async def say(hook: str, call: str) -> int:
        form = f"clientid=7&call={call}&name={stream['stream_key']}&{written}"
        params = {"secret": ingest.secret}
        path = f"live/hooks/{hook}"
        return (await ingest.client.post(path, params=params, content=form)).status_code

    assert await say("publish", "publish") == 302
    assert await say("update", "update_publish") == 200
    assert await say("done", "publish_done") == 200
    assert await say("update", "update_publish") == 403


async def test_updates_about_players_are_accepted(ingest):
    assert (await ingest.say("update", "", call="update_play")).status_code == 200


@pytest.mark.parametrize("hook", ["publish", "update"])
async def test_an_unknown_key_is_refused(ingest, hook):
    for key in (generate_key(), "", "live_", "x" * 300, "live_" + "é" * 43):
        answer = await ingest.say(hook, key)
        assert (answer.status_code, answer.json()["code"]) == (403, "publish_refused")
        assert not key or key not in answer.text


@pytest.mark.parametrize("hook", ["publish", "update", "done"])
@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"name", b"&" * 200, b"name=%00", b"x=" + b"y" * 20_000]
)
async def test_invalid_hook_forms_are_refused(ingest, hook, body):
    params = {"secret": ingest.secret}
    answer = await ingest.client.post(f"live/hooks/{hook}", params=params, content=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "publish_refused")


@pytest.mark.parametrize("hook", ["publish", "update", "done"])
@pytest.mark.parametrize("secret", [None, "", "wrong", "é", "x" * 200])
async def test_hooks_without_the_secret_are_refused(ingest, key, hook, secret):
    params = {} if secret is None else {"secret": secret}
    form = {"name": key, "clientid": "7"}
    answer = await ingest.client.post(f"live/hooks/{hook}", params=params, data=form)
    assert (answer.status_code, answer.json()["code"]) == (403, "hook_refused")


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "128.0.0.1"])
async def test_hooks_from_other_addresses_are_refused(
    app: Litestar, settings, ingest, key, address
):
    transport = httpx.ASGITransport(app=wrap(app, settings), client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as elsewhere:
        answer = await elsewhere.post(
            "live/hooks/publish",
            params={"secret": ingest.secret},
            data={"name": key, "clientid": "7"},
            headers={"X-Forwarded-For": "127.0.0.1"},
        )
    assert (answer.status_code, answer.json()["code"]) == (403, "hook_refused")


async def test_hooks_are_not_audited(services, ingest, key, owner):
    # What earlier requests left to be recorded in the background is written first.
    await services.unrecorded.flush()
    async with services.database.read() as conn:
        before = await conn.value(int, "select count(*) from audit_events")
    await ingest.publish(key)
    await ingest.update(key)
    await ingest.done(key)
    await services.unrecorded.flush()
    async with services.database.read() as conn:
        assert await conn.value(int, "select count(*) from audit_events") == before


async def test_encoders_stay_connected_while_the_database_is_down(
    settings, no_database, ingest, key
):
    await ingest.publish(key)
    _, app = assemble(no_database)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as alone:
        statuses = [
            (await Ingest(alone, ingest.secret).say(hook, key)).status_code
            for hook in ("update", "publish", "done")
        ]
    assert statuses == [200, 503, 503]


async def test_rate_limits_do_not_disconnect_encoders(app, settings, ingest, key):
    await ingest.publish(key)
    limited = structs.replace(settings, rate_limit_global=1, rate_limit_per_ip=1)
    transport = httpx.ASGITransport(app=wrap(app, limited), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as hasty:
        updates = [await Ingest(hasty, ingest.secret).update(key) for _ in range(20)]
    assert updates == [200] * 20


async def test_the_key_of_an_erased_member_is_refused(services, ingest, create, owner):
    stream = await create()
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", owner.id)
    assert (await ingest.say("publish", stream["stream_key"])).status_code == 403
