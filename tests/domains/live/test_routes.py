"""Routes of streams: announcing, listing and changing them, and who sees a key."""

from uuid import UUID, uuid4

import pytest

from tests import make
from tests.domains.live.streams_steps import FORM, key_of, passed, seen
from veza.core.ids import new_id
from veza.domains.live.rules.descriptions import MAX_DRAFTS


async def listed(client, **query) -> list[str]:
    answer = await client.get("live/streams", params=query)
    assert answer.status_code == 200, answer.text
    return [stream["id"] for stream in answer.json()["data"]["streams"]]


async def test_a_stream_has_a_room_owned_by_its_owner(client, create, owner):
    stream = await create(slow_mode_seconds=10)
    assert stream["title"] == FORM["title"]
    assert stream["owner"] == make.shown(owner)
    assert (stream["status"], stream["is_live"], stream["viewers_count"]) == ("draft", False, 0)
    assert stream["slow_mode_seconds"] == 10
    assert stream["rtmp_url"] == "rtmp://veza.test:1935/live"
    url = f"http://veza.test/api/v1/live/streams/{stream['id']}/hls/master.m3u8"
    assert stream["playback_url"] == url
    path = f"conversations/{stream['conversation_id']}"
    room = (await client.get(path, headers=owner.headers)).json()["data"]
    assert (room["type"], room["name"], room["role"]) == ("room", FORM["title"], "owner")
    assert room["slow_mode_seconds"] == 10


async def test_nobody_but_its_owner_ever_sees_a_key(client, create, owner, other):
    stream = await create()
    key = stream["stream_key"]
    for viewer in ({}, other.headers, owner.headers):
        for path in ("live/streams", f"live/streams/{stream['id']}"):
            answer = await client.get(path, headers=viewer)
            assert key not in answer.text
            assert "stream_key" not in answer.text
    own = await client.get("live/streams/me", headers=owner.headers)
    assert [each["stream_key"] for each in own.json()["data"]["streams"]] == [key]
    assert await key_of(client, owner) == key
    assert await key_of(client, other) != key


async def test_a_key_is_stored_sealed(services, create):
    stream = await create()
    async with services.database.read() as conn:
        sql = "select encode(sealed, 'escape') from stream_keys"
        assert not any(stream["stream_key"] in each for each in await conn.column(str, sql))


async def test_getting_a_key_creates_a_hidden_draft(client, owner, other):
    first = await key_of(client, owner)
    assert await key_of(client, owner) == first
    [draft] = (await client.get("live/streams/me", headers=owner.headers)).json()["data"]["streams"]
    path = f"live/streams/{draft['id']}"
    assert draft["status"] == "draft"
    assert draft["id"] not in await listed(client, limit=100)
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=other.headers)).status_code == 404
    assert (await client.put(path, headers=other.headers, json={})).status_code == 404
    assert (await client.get(path, headers=owner.headers)).status_code == 200

    named = await client.put(path, headers=owner.headers, json={"title": "Dusk"})
    assert named.status_code == 200
    assert (await client.get(path)).json()["data"]["title"] == "Dusk"
    assert draft["id"] in await listed(client, limit=100)


async def test_no_api_key_reaches_a_stream_key(client, services, owner):
    headers = await make.key_headers(services, owner)
    for path in ("live/streams/me", "live/streams/me/key"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


async def test_omitted_fields_of_a_change_stay(client, create, owner, other):
    stream = await create(description="All night")
    path = f"live/streams/{stream['id']}"
    change = {"title": "Till dawn", "tags": ["Hip Hop"], "slow_mode_seconds": 5}
    changed = (await client.put(path, headers=owner.headers, json=change)).json()["data"]
    assert (changed["title"], changed["tags"]) == ("Till dawn", ["Hip Hop"])
    assert (changed["description"], changed["category"]) == ("All night", "DJ set")
    assert changed["slow_mode_seconds"] == 5
    room = await client.get(f"conversations/{stream['conversation_id']}", headers=owner.headers)
    assert room.json()["data"]["name"] == "Till dawn"
    answer = await client.put(path, headers=other.headers, json=change)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_stream")


async def test_a_room_that_was_handed_over_is_left_alone(client, create, owner, other):
    stream = await create()
    room = f"conversations/{stream['conversation_id']}"
    await client.post(f"{room}/join", headers=other.headers)
    await client.post(f"{room}/leave", headers=owner.headers)
    path = f"live/streams/{stream['id']}"
    answer = await client.put(path, headers=owner.headers, json={"title": "Till dawn"})
    assert answer.status_code == 200
    assert (await client.get(room, headers=other.headers)).json()["data"]["name"] == FORM["title"]
    answer = await client.put(path, headers=owner.headers, json={"slow_mode_seconds": 9})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_conversation")


async def test_slow_mode_of_an_ended_room_is_404(client, create, owner):
    stream = await create()
    await client.delete(f"conversations/{stream['conversation_id']}", headers=owner.headers)
    path = f"live/streams/{stream['id']}"
    answer = await client.put(path, headers=owner.headers, json={"slow_mode_seconds": 9})
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " \n"},
        {"title": "x" * 201},
        {"title": "nul\0"},
        {"title": 5},
        {"description": "x" * 5001},
        {"category": "x" * 51},
        {"tags": ["x"] * 21},
        {"tags": [""]},
        {"tags": "dub"},
        {"slow_mode_seconds": -1},
        {"slow_mode_seconds": 21_601},
        {"slow_mode_seconds": 1.5},
    ],
)
async def test_invalid_streams_are_refused(client, create, owner, wrong):
    answer = await client.post("live/streams", headers=owner.headers, json=FORM | wrong)
    assert answer.status_code == 400, answer.text
    stream = await create()
    path = f"live/streams/{stream['id']}"
    assert (await client.put(path, headers=owner.headers, json=wrong)).status_code == 400


async def test_any_script_is_kept_as_it_is(client, create):
    stream = await create(title="夜の音楽 🎛", category="Électronique", tags=["ダブ"])
    shown = await seen(client, stream["id"])
    assert (shown["title"], shown["category"], shown["tags"]) == (
        *("夜の音楽 🎛", "Électronique"),
        ["ダブ"],
    )


async def test_a_member_has_at_most_twenty_drafts(client, create, owner):
    for _ in range(MAX_DRAFTS):
        await create()
    answer = await client.post("live/streams", headers=owner.headers, json=FORM)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_drafts")


async def test_the_list_is_filtered_by_live_category_and_tag(
    client, services, ingest, create, other
):
    word = f"zq{uuid4().hex[:12]}"
    ahead = await create(category=f"É {word}", tags=[f"{word} one"])
    on_air = await create(by=other, category=f"e {word.upper()}", tags=[f"{word}-two"])
    await ingest.publish(on_air["stream_key"])

    async def found(**query) -> list[str]:
        return await listed(client, category=f"É {word}", **query)

    assert await found() == [on_air["id"], ahead["id"]]
    assert await found(is_live="true") == [on_air["id"]]
    assert await found(is_live="false") == [ahead["id"]]
    assert await listed(client, tag=f"{word} ONE") == [ahead["id"]]
    assert await listed(client, tag=f"{word}two") == [on_air["id"]]
    assert await listed(client, category=word) == []
    await passed(services, on_air["id"], 20)
    assert await found(is_live="true") == []


async def test_pages_go_on_where_the_last_one_ended(client, create, services):
    word = uuid4().hex[:20]
    people = [await make.person(services) for _ in range(5)]
    made = [(await create(by=each, category=word))["id"] for each in people]
    found, cursor = [], None
    while True:
        query = {"category": word, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("live/streams", params=query)).json()["data"]
        found += [stream["id"] for stream in page["streams"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
        if cursor is None:
            break
    assert found == made[::-1]


async def test_ones_own_come_in_pages_too(client, create, owner):
    made = [(await create())["id"] for _ in range(3)]
    path = "live/streams/me"
    first = (await client.get(path, params={"limit": 2}, headers=owner.headers)).json()["data"]
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await client.get(path, params=query, headers=owner.headers)).json()["data"]
    found = [stream["id"] for stream in first["streams"] + rest["streams"]]
    assert (found, rest["has_more"]) == (made[::-1], False)


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "cursor=x", "is_live=perhaps"),
        *(f"category={'x' * 51}", "category=%00"),
    ],
)
async def test_a_wrong_page_is_refused(client, query):
    assert (await client.get(f"live/streams?{query}")).status_code == 400


@pytest.mark.parametrize("sign", ["%", "_", "'; drop table streams;--", "\\", "", " "])
async def test_special_characters_have_no_meaning_in_filters(client, sign):
    await listed(client, category=sign)
    await listed(client, tag=sign)


async def test_streams_of_suspended_members_are_hidden(client, services, create, owner, other):
    word = uuid4().hex[:20]
    stream = await create(category=word)
    path = f"live/streams/{stream['id']}"

    async def found() -> tuple[list[str], int]:
        status = (await client.get(path, headers=other.headers)).status_code
        return await listed(client, category=word), status

    assert await found() == ([stream["id"]], 200)
    await make.suspended(services, owner)
    assert await found() == ([], 404)
    await make.unsuspended(services, owner)
    assert await found() == ([stream["id"]], 200)


async def test_unknown_streams_are_404(client, owner):
    path = f"live/streams/{new_id()}"
    answers = [
        await client.get(path),
        await client.put(path, headers=owner.headers, json={}),
        await client.post(f"{path}/end", headers=owner.headers),
        await client.post(f"{path}/heartbeat"),
    ]
    assert [answer.json()["code"] for answer in answers] == ["stream_not_found"] * 4


async def test_only_the_owner_ends_a_live_stream(client, ingest, create, owner, other):
    stream = await create()
    path = f"live/streams/{stream['id']}/end"
    early = await client.post(path, headers=owner.headers)
    assert (early.status_code, early.json()["code"]) == (409, "stream_not_live")
    await ingest.publish(stream["stream_key"])
    assert (await client.post(path, headers=other.headers)).json()["code"] == "not_your_stream"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("GET", "/me"),
        ("GET", "/me/key"),
        ("POST", "/me/key/regenerate"),
        ("PUT", f"/{UUID(int=1)}"),
        ("POST", f"/{UUID(int=1)}/end"),
    ],
)
async def test_own_streams_require_a_session(client, method, path):
    answer = await client.request(method, f"live/streams{path}", json=FORM)
    assert answer.status_code == 401
