"""Routes of messages."""

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, told
from tests.domains.chat.messages.routes_steps import contents, read_history, say
from veza.core.ids import new_id
from veza.domains.chat.messages.service import history


async def test_a_sent_message_is_shown_completely(client, room, ann):
    answer = await say(client, ann, room, " Good evening ", client_id="c-1")

    assert answer.status_code == 201, answer.text
    said = answer.json()["data"]
    assert said["sender"] == make.shown(ann)
    assert said | {"id": 0, "cursor": "", "created_at": ""} == {
        "id": 0,
        "conversation_id": str(room),
        "seq": 1,
        "number": 1,
        "cursor": "",
        "sender": said["sender"],
        "content": "Good evening",
        "client_id": "c-1",
        "track_id": None,
        "track": None,
        "reply_to_id": None,
        "reply_to": None,
        "images": [],
        "file": None,
        "reactions": [],
        "created_at": "",
        "edited_at": None,
        "deleted_at": None,
    }
    again = await say(client, ann, room, "Something else", client_id="c-1")
    assert (again.status_code, again.json()["data"]) == (200, said)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": "\n"}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": None}, "content"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "x" * 101}, "client_id"),
        ({"track_id": "x"}, "track_id"),
        ({"image_ids": ["0198c0de-0000-7000-8000-000000000001"] * 5}, "image_ids"),
    ],
)
async def test_an_invalid_message_is_refused_by_its_field(client, room, ann, form, field):
    answer = await say(client, ann, room, **{"content": "Hello"} | form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"].startswith(field)
    assert (await read_history(client, ann, room))["messages"] == []


@pytest.mark.parametrize("field", ["content", "client_id"])
@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800"])
async def test_text_that_can_t_be_stored_is_refused(client, room, ann, field, text):
    body = '{"content": "Hello", "client_id": "1"}'.replace(
        "Hello" if field == "content" else '"1"', text if field == "content" else f'"{text}"'
    )
    headers = ann.headers | {"content-type": "application/json"}
    url = f"conversations/{room}/messages"

    answer = await client.post(url, headers=headers, content=body.encode())

    assert answer.status_code == 400, answer.text


async def test_4000_characters_of_any_script_are_accepted(client, room, ann):
    answer = await say(client, ann, room, "🎛" * 4000)

    assert answer.status_code == 201


async def test_unknown_conversations_and_messages_are_404(client, room, ann):
    assert told(
        await say(client, ann, room, track_id=str(new_id())),
        await say(client, ann, room, image_ids=[str(new_id())]),
        await say(client, ann, new_id()),
    ) == [(404, "track_not_found"), (404, "image_not_found"), (404, "conversation_not_found")]


async def test_history_is_read_both_ways(client, room, ann, ben):
    for n in range(1, 8):
        await say(client, ann, room, str(n))

    newest = await read_history(client, ben, room, limit=3)
    older = await read_history(client, ben, room, limit=3, cursor=newest["next_cursor"])
    oldest = await read_history(client, ben, room, limit=3, cursor=older["next_cursor"])
    assert [contents(page) for page in (newest, older, oldest)] == [
        ["7", "6", "5"],
        ["4", "3", "2"],
        ["1"],
    ]
    assert [page["has_more"] for page in (newest, older, oldest)] == [True, True, False]
    assert oldest["next_cursor"] is None
    back = await read_history(client, ben, room, limit=3, cursor=oldest["prev_cursor"])
    assert (contents(back), back["has_more"]) == (["4", "3", "2"], True)
    forth = await read_history(client, ben, room, limit=3, cursor=back["next_cursor"])
    assert contents(forth) == ["1"]

    at_end = await read_history(client, ben, room, cursor=newest["prev_cursor"])
    assert (contents(at_end), at_end["has_more"]) == ([], False)
    await say(client, ann, room, "8")
    for cursor in (newest["prev_cursor"], at_end["prev_cursor"]):
        assert contents(await read_history(client, ben, room, cursor=cursor)) == ["8"]
    before_end = await read_history(client, ben, room, limit=2, cursor=at_end["next_cursor"])
    assert contents(before_end) == ["7", "6"]


async def test_an_empty_history_has_a_cursor_to_later_messages(client, room, ann):
    empty = await read_history(client, ann, room)
    assert (empty["messages"], empty["next_cursor"], empty["has_more"]) == ([], None, False)

    await say(client, ann, room, "First")

    page = await read_history(client, ann, room, cursor=empty["prev_cursor"])
    assert contents(page) == ["First"]


async def test_the_cursor_of_a_message_leads_either_way(client, room, ann):
    said = [(await say(client, ann, room, str(n))).json()["data"] for n in range(5)]
    cursor = said[2]["cursor"]

    older = await read_history(client, ann, room, cursor=cursor)
    newer = await read_history(client, ann, room, cursor=cursor, direction="newer")

    assert (contents(older), contents(newer)) == (["1", "0"], ["4", "3"])


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "eyJzZXEiOi0xfQ", "eyJzZXEiOjk5OTk5OTk5OTk5OTk5OTk5OTk5fQ"]
)
async def test_a_bad_cursor_is_refused(client, room, ann, cursor):
    for path in (f"/history?cursor={cursor}", f"/events?since={cursor}"):
        assert told(await call(client, "GET", ann, room, path)) == [(400, "bad_cursor")], path


async def test_events_are_listed_by_pages(client, room, ann, ben):
    said = [(await say(client, ann, room, str(n))).json()["data"] for n in range(3)]
    path = f"/messages/{said[0]['id']}"
    await call(client, "PUT", ann, room, path, content="Zero")
    await call(client, "POST", ben, room, f"{path}/reactions", emoji="🔥")
    await call(client, "DELETE", ann, room, f"/messages/{said[1]['id']}")

    heard, since, more = [], said[0]["cursor"], True
    while more:
        url = f"/events?limit=2&since={since}"
        page = (await call(client, "GET", ben, room, url)).json()["data"]
        heard += page["events"]
        since, more = page["since"], page["has_more"]

    assert [(each["seq"], each["type"], each["message"]["content"]) for each in heard] == [
        (2, "message", ""),
        (3, "message", "2"),
        (4, "edited", "Zero"),
        (5, "reaction", "Zero"),
        (6, "deleted", ""),
    ]
    assert heard[3]["actor"] == make.shown(ben)
    assert heard[3]["message"]["reacted"] == ["🔥"]
    assert (page["head"], since) == (6, 6)


async def test_a_late_member_lists_later_events_only(client, group, ann, cleo):
    before = (await say(client, ann, group, "Before")).json()["data"]
    await add(client, ann, group, cleo)
    await call(client, "PUT", ann, group, f"/messages/{before['id']}", content="A secret")
    await say(client, ann, group, "After")

    page = (await call(client, "GET", cleo, group, "/events?since=0")).json()["data"]

    assert [each["message"]["content"] for each in page["events"]] == ["After"]
    assert page["head"] == page["since"] == 3
    assert contents(await read_history(client, cleo, group)) == ["After"]
    older = await read_history(client, cleo, group, cursor=page["events"][0]["message"]["cursor"])
    assert older["messages"] == []


async def test_a_message_belongs_to_its_conversation(client, room, group, ann):
    said = (await say(client, ann, room)).json()["data"]
    path = f"/messages/{said['id']}"

    assert (
        told(
            await call(client, "PUT", ann, group, path, content="x"),
            await call(client, "DELETE", ann, group, path),
            await call(client, "POST", ann, group, f"{path}/reactions", emoji="🔥"),
            await call(client, "POST", ann, group, "/read", message_id=said["id"]),
            await call(client, "POST", ann, room, "/read", message_id=str(new_id())),
        )
        == [(404, "message_not_found")] * 5
    )


async def test_messages_are_changed_over_http(client, room, ann, ben):
    said = (await say(client, ann, room)).json()["data"]
    path = f"/messages/{said['id']}"

    changed = await call(client, "PUT", ann, room, path, content="Other")
    reaction = await call(client, "POST", ben, room, f"{path}/reactions", emoji="🔥")
    refused = await call(client, "PUT", ben, room, path, content="Mine")
    deleted = await call(client, "DELETE", ann, room, path)

    assert [a.status_code for a in (changed, reaction, refused, deleted)] == [200, 200, 403, 200]
    assert changed.json()["data"]["content"] == "Other"
    assert reaction.json()["data"]["message"]["reactions"] == [{"emoji": "🔥", "count": 1}]
    assert deleted.json()["data"]["deleted_at"] is not None
    assert told(await call(client, "DELETE", ann, room, path)) == [(404, "message_not_found")]
    bad = await call(client, "POST", ben, room, f"{path}/reactions", emoji="fire")
    assert bad.json()["details"][0]["field"] == "emoji"


async def test_unread_messages_are_those_of_others_since_the_mark(client, room, ann, ben):
    said = [(await say(client, ann, room, str(n))).json()["data"] for n in range(4)]

    async def unread(who):
        return (await call(client, "GET", who, room)).json()["data"]["unread_count"]

    async def read(who, **body):
        answer = await call(client, "POST", who, room, "/read", **body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    assert (await unread(ann), await unread(ben)) == (0, 4)
    assert await read(ben, message_id=said[1]["id"]) == {
        "conversation_id": str(room),
        "read_number": 2,
        "unread_count": 2,
    }
    # It never goes back.
    assert (await read(ben, message_id=said[0]["id"]))["read_number"] == 2
    assert (await read(ben))["unread_count"] == 0
    await say(client, ann, room)
    assert await unread(ben) == 1
    # Who answers has read what came before.
    await say(client, ben, room)
    assert (await unread(ben), await unread(ann)) == (0, 1)


async def test_an_unmoved_read_mark_is_neither_written_nor_signalled(services, room, ann, ben):
    said = [await make.message(services, ann, room, str(n)) for n in range(2)]

    async def read(message_id):
        async with services.database.transaction() as tx:
            await history.mark_read(tx, ben.member, room, message_id)
            place = "select ctid::text from conversation_members where user_id = $1"
            return tx.signals, await tx.value(str, place, ben.id)

    told, row = await read(said[1].id)
    assert told == {f"read:{room}:{ben.id}:2"}
    for again in (said[1].id, said[0].id, None):
        assert await read(again) == (set(), row)


async def test_members_of_a_direct_conversation_see_read_marks(client, pair, ann, ben):
    await say(client, ann, pair)
    await call(client, "POST", ben, pair, "/read")

    page = (await call(client, "GET", ann, pair, "/events")).json()["data"]

    assert page["read_marks"] == [
        {"conversation_id": str(pair), "user_id": str(ben.id), "number": 1}
    ]
    assert page["read_number"] == 1


async def test_blocked_members_read_their_direct_conversation(client, services, pair, ann, ben):
    await say(client, ann, pair, "Before")
    await make.blocks(services, ben, ann)

    refused = await say(client, ann, pair)

    assert told(refused) == [(403, "cannot_reach_member")]
    for who in (ann, ben):
        assert contents(await read_history(client, who, pair)) == ["Before"]


async def test_a_read_only_api_key_sends_nothing(client, services, room, ann):
    headers = await make.key_headers(services, ann, "read")
    url = f"conversations/{room}/messages"

    refused = await client.post(url, headers=headers, json={"content": "x"})
    read = await client.get(f"conversations/{room}/history", headers=headers)

    assert (refused.status_code, read.status_code) == (403, 200)


async def test_routes_require_a_session(client, room):
    for path in ("", f"/{room}", f"/{room}/history", f"/{room}/events", f"/{room}/members"):
        assert (await client.get(f"conversations{path}")).status_code == 401
