"""Ways in besides RTMP: who gets a stream key, what encoders play, and where they connect."""

import os

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.domains.live.streams_steps import passed, seen
from tests.http.apps import assemble, calling
from tests.support.addresses import BASE_URL
from tests.support.srt_material import wrap_as_encoder


async def unlock(ingest, member: object, material: bytes | str, secret: str | None = None):
    sent = material if isinstance(material, str) else material.hex()
    return await ingest.client.post(
        "live/hooks/unlock",
        params={"secret": ingest.secret if secret is None else secret, "ingest": "n"},
        data={"member": str(member), "material": sent},
    )


async def test_who_proves_to_have_a_key_is_known_by_it(client, ingest, owner, other, key):
    material = wrap_as_encoder(key, os.urandom(16))
    answer = await unlock(ingest, owner.id, material)
    assert (answer.status_code, answer.json()["data"]["stream_key"]) == (200, key)

    another = wrap_as_encoder("live_" + "x" * 43, os.urandom(16))
    tried = [
        await unlock(ingest, owner.id, another),
        # A member without a key, and nobody.
        await unlock(ingest, other.id, material),
        await unlock(ingest, other.id, wrap_as_encoder("", os.urandom(16))),
        await unlock(ingest, "nobody", material),
        await unlock(ingest, owner.id, ""),
        await unlock(ingest, owner.id, "no hexadecimal"),
        await unlock(ingest, owner.id, material[:-1]),
        await unlock(ingest, owner.id, material, "a wrong secret"),
    ]
    assert [each.status_code for each in tried] == [403] * len(tried)
    assert [each.json()["code"] for each in tried][-2:] == ["publish_refused", "hook_refused"]
    assert key not in "".join(each.text for each in tried)


async def test_what_an_encoder_plays_is_shown_while_it_is_live(client, services, ingest, create):
    stream = await create()
    key = stream["stream_key"]

    async def announce(title: str, client_ref: str = "7") -> int:
        return (await ingest.say("title", key, client_ref, title=title)).status_code

    assert await announce("Too early") == 403
    await ingest.publish(key)
    assert await announce("  Ada -\n\u202eDusk  ") == 200
    assert (await seen(client, stream["id"]))["now_playing"] == "Ada - Dusk"
    assert await announce("Of another", "8") == 403
    assert await announce("x" * 300) == 200
    assert (await seen(client, stream["id"]))["now_playing"] == "x" * 200

    await ingest.done(key)
    assert (await seen(client, stream["id"]))["now_playing"] == ""
    await passed(services, stream["id"], 5)
    await ingest.publish(key)
    assert (await seen(client, stream["id"]))["now_playing"] == ""


async def test_an_encoder_hears_whether_another_publishes(ingest, create):
    key = (await create())["stream_key"]
    await ingest.publish(key, "1")
    names = (key, "live_" + "x" * 43)
    codes = [(await ingest.say("publish", name, "2")).json()["code"] for name in names]
    assert codes == ["already_publishing", "publish_refused"]


@pytest.mark.parametrize(
    ("rtmp_url", "host"),
    [(None, "veza.test"), ("rtmps://live.veza.example/live", "live.veza.example")],
)
async def test_addresses_are_at_the_host_of_the_ingest(settings, services, rtmp_url, host):
    person = await make.person(services)
    own = structs.replace(
        settings,
        live_rtmp_url=rtmp_url,
        live_icecast_port=8000,
        live_srt_port=9710,
        live_rtmps_port=1936,
        live_whip_port=8189,
    )
    _, app = assemble(structs.replace(services, settings=own))
    async with calling(app) as client:
        answer = await client.get("live/streams/me/key", headers=person.headers)
    access = answer.json()["data"]
    shown = host if rtmp_url else httpx.URL(BASE_URL).host
    assert access["icecast"] == {
        "host": shown,
        "port": 8000,
        "mount": "/live",
        "username": "source",
    }
    assert access["srt_url"] == f"srt://{shown}:9710?streamid={person.id}"
    assert access["rtmps_url"] == f"rtmps://{shown}:1936/live"
    # That of the API, whatever the host of the ingest.
    assert access["whip_url"] == f"{BASE_URL}/api/v1/live/whip"


async def test_ways_that_are_off_have_no_address(client, owner):
    access = (await client.get("live/streams/me/key", headers=owner.headers)).json()["data"]
    assert [access[way] for way in ("icecast", "srt_url", "rtmps_url", "whip_url")] == [None] * 4


async def test_an_encoder_is_told_beforehand_whether_it_may_publish(client, ingest, create):
    stream = await create()
    key = stream["stream_key"]
    assert (await ingest.say("check", key, "1")).status_code == 200
    assert (await seen(client, stream["id"]))["status"] == "draft"
    assert (await ingest.say("check", "live_" + "x" * 43, "1")).json()["code"] == "publish_refused"
    await ingest.publish(key, "1")
    assert (await ingest.say("check", key, "2")).json()["code"] == "already_publishing"


async def test_whip_is_not_there_where_it_is_off_and_unavailable_without_its_ingest(
    settings, services, key
):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/sdp"}
    for port, status, of_nobody in ((None, 404, 404), (1, 503, 401)):
        own = structs.replace(settings, live_whip_port=port)
        _, app = assemble(structs.replace(services, settings=own))
        async with calling(app) as client:
            answer = await client.post("live/whip", headers=headers, content="v=0")
            assert answer.status_code == status
            nobody = await client.post("live/whip", content="v=0")
            assert nobody.status_code == of_nobody
