"""Answers quote the message that they answer, for readers of that message only."""

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, told
from tests.domains.chat.messages.personal_data_steps import erase
from tests.domains.chat.messages.routes_steps import read_history, say
from tests.raw import hearing
from veza.core.ids import new_id


async def said_by(client, who, where, content="Hello", **said):
    answer = await say(client, who, where, content, **said)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def quotes_in(client, who, where):
    page = await read_history(client, who, where)
    return [each["reply_to"] and each["reply_to"]["excerpt"] for each in page["messages"]]


async def test_an_answer_shows_what_it_answers_wherever_it_is_shown(
    client, services, group, ann, ben
):
    first = await said_by(client, ann, group, "Who has the cable? " + "x" * 200)
    assert (first["reply_to_id"], first["reply_to"]) == (None, None)

    answer = await said_by(client, ben, group, "I do", reply_to=first["id"])

    quote = answer["reply_to"]
    assert answer["reply_to_id"] == quote["id"] == first["id"]
    assert quote["seq"] == first["seq"]
    assert quote["sender"] == first["sender"]
    assert quote["excerpt"] == first["content"][:140]
    async with hearing(services, "from messages m") as statements:
        page = await read_history(client, ann, group)
    assert len(statements) == 1
    listed = (await client.get("conversations", headers=ann.headers)).json()["data"]
    events = (await call(client, "GET", ann, group, "/events")).json()["data"]["events"]
    changed = await call(client, "PUT", ben, group, f"/messages/{answer['id']}", content="I did")
    shown = [
        page["messages"][0],
        listed["conversations"][0]["last_message"],
        events[1]["message"],
        changed.json()["data"],
    ]
    assert [each["reply_to"] for each in shown] == [quote] * 4


async def test_a_quote_is_as_the_message_is_now(client, services, group, ann, ben, cleo):
    await add(client, ann, group, cleo)
    edited = await said_by(client, ann, group, "Befor")
    deleted = await said_by(client, ann, group, "Secret")
    erased = await said_by(client, cleo, group, "Cleo's")
    hidden = await said_by(client, ben, group, "Ben's")
    answers = [
        await said_by(client, ann, group, "Yes", reply_to=each["id"])
        for each in (edited, deleted, erased, hidden)
    ]
    assert (
        await quotes_in(client, ann, group) == ["Ben's", "Cleo's", "Secret", "Befor"] + [None] * 4
    )

    await call(client, "PUT", ann, group, f"/messages/{edited['id']}", content="Before")
    await call(client, "DELETE", ann, group, f"/messages/{deleted['id']}")
    await erase(services, cleo)
    await make.suspended(services, ben)

    assert (await quotes_in(client, ann, group))[:4] == [None, None, None, "Before"]
    page = await read_history(client, ann, group)
    ids = [each["reply_to_id"] for each in page["messages"][:4]]
    assert ids == [each["reply_to_id"] for each in reversed(answers)]
    # A deleted answer quotes nothing.
    gone = await call(client, "DELETE", ann, group, f"/messages/{answers[0]['id']}")
    assert (gone.json()["data"]["reply_to"], gone.json()["data"]["reply_to_id"]) == (None, None)


async def test_only_readable_messages_of_the_conversation_are_answered(
    client, services, group, room, ann, ben, cleo
):
    early = await said_by(client, ann, group, "Before Cleo")
    await add(client, ann, group, cleo)
    elsewhere = await said_by(client, ann, room, "In the room")
    deleted = await said_by(client, ann, group, "Gone")
    await call(client, "DELETE", ann, group, f"/messages/{deleted['id']}")

    for message_id in (early["id"], elsewhere["id"], deleted["id"], str(new_id())):
        refused = await say(client, cleo, group, "What?", reply_to=message_id)
        assert told(refused) == [(404, "message_not_found")]

    # A refused message takes no number.
    assert (await said_by(client, cleo, group))["number"] == 3
    invalid = await say(client, ann, group, "What?", reply_to="x")
    assert invalid.json()["details"][0]["field"] == "reply_to"


async def test_who_joined_later_reads_no_quote_of_what_was_said_before(
    client, group, ann, ben, cleo
):
    early = await said_by(client, ann, group, "Before Cleo")
    await add(client, ann, group, cleo)
    answer = await said_by(client, ben, group, "Yes", reply_to=early["id"])

    assert await quotes_in(client, ann, group) == ["Before Cleo", None]
    assert await quotes_in(client, cleo, group) == [None]
    listed = (await client.get("conversations", headers=cleo.headers)).json()["data"]
    events = (await call(client, "GET", cleo, group, "/events")).json()["data"]["events"]
    path = f"/messages/{answer['id']}/reactions"
    reacted = (await call(client, "POST", cleo, group, path, emoji="🔥")).json()["data"]
    for shown in (
        listed["conversations"][0]["last_message"],
        events[0]["message"],
        reacted["message"],
    ):
        assert (shown["reply_to_id"], shown["reply_to"]) == (early["id"], None)


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_an_answer_is_sent_once_for_its_client_id(client, group, ann, ben, is_deleted):
    first = await said_by(client, ann, group)
    answer = await said_by(client, ben, group, "Yes", reply_to=first["id"], client_id="1")
    if is_deleted:
        await call(client, "DELETE", ann, group, f"/messages/{first['id']}")

    again = await say(client, ben, group, "Yes", reply_to=first["id"], client_id="1")

    assert again.status_code == 200
    assert again.json()["data"]["id"] == answer["id"]
    assert (again.json()["data"]["reply_to"] is None) == is_deleted


async def test_a_page_has_a_message_in_its_middle(client, group, ann, ben, cleo):
    said = [await said_by(client, ann, group, f"{n}") for n in range(12)]

    async def around(index, **query):
        return await read_history(client, ben, group, around=said[index]["id"], **query)

    page = await around(5, limit=5)
    assert [each["content"] for each in page["messages"]] == ["7", "6", "5", "4", "3"]
    older = await read_history(client, ben, group, cursor=page["next_cursor"], limit=5)
    newer = await read_history(client, ben, group, cursor=page["prev_cursor"], limit=5)
    assert [each["content"] for each in older["messages"]] == ["2", "1", "0"]
    assert [each["content"] for each in newer["messages"]] == ["11", "10", "9", "8"][-5:]
    assert (page["has_more"], (await around(1, limit=5))["has_more"]) == (True, False)
    assert [each["content"] for each in (await around(0, limit=1))["messages"]] == ["0"]
    assert len((await around(11, limit=100))["messages"]) == 12
    await add(client, ann, group, cleo)
    path = f"/history?around={said[0]['id']}"
    refused = (
        await call(client, "GET", cleo, group, path),
        await call(client, "GET", ann, group, f"/history?around={new_id()}"),
    )
    assert told(*refused) == [(404, "message_not_found")] * 2
    both = await call(client, "GET", ann, group, f"{path}&cursor={page['next_cursor']}")
    assert both.json()["details"][0]["field"] == "around"
