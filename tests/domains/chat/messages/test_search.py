"""Messages are found by their words, by those who may read them."""

import pytest

from tests import make
from tests.domains.chat.conversations.members_steps import add, call, remove, told
from tests.domains.chat.messages.personal_data_steps import erase
from tests.raw import hearing
from veza.core.ids import new_id
from veza.domains.chat.messages import jobs

_WORDS = "select count(*) from messages where words is not null and conversation_id = $1"


async def find(client, who, q, **query):
    answer = await client.get("conversations/search", headers=who.headers, params={"q": q} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def found(client, who, q, **query):
    return [each["content"] for each in (await find(client, who, q, **query))["messages"]]


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("cable", True),
        ("CABLE spare", True),
        # The last word may be the beginning of one, another may not.
        ("spare cab", True),
        ("cab spare", False),
        ("ca", False),
        ("édith", True),
        ("edit", True),
        ("hiphop", True),
        ("hip-hop", True),
        ("drum bass", True),
        ("bücher", False),
        ("XLR guitar", False),
        ("it's", True),
        ("東京", True),
        ("京", True),
        ("'; drop", False),
        ("c:", False),
        ("🔥", False),
        ("& | !", False),
    ],
)
async def test_messages_are_found_by_all_words(client, services, group, ann, ben, q, is_found):
    text = "Edith: a spare XLR cable? It's for Hip-Hop & drum'n'bass in 東京 🔥"
    await make.message(services, ann, group, text)

    assert await found(client, ben, q) == ([text] if is_found else [])


async def test_the_newest_come_first_page_by_page_of_one_or_all_conversations(
    client, services, group, room, ann, ben
):
    for n in range(3):
        for where in (group, room):
            await make.message(services, ann, where, f"Take {n} of {where}")
    await make.message(services, ann, room, "Something else")

    pages = []
    cursor = {}
    while True:
        async with hearing(services, "messages m") as statements:
            page = await find(client, ben, "take", limit=4, **cursor)
        assert len(statements) == 1
        pages.append([each["content"] for each in page["messages"]])
        places = {each["conversation_id"] for each in page["messages"]}
        assert {each["id"] for each in page["conversations"]} == places
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}

    both = [f"Take {n} of {where}" for n in (2, 1, 0) for where in (room, group)]
    assert pages == [both[:4], both[4:]]
    assert page["next_cursor"] is None
    one = await find(client, ben, "take", conversation_id=str(room))
    assert [each["content"] for each in one["messages"]] == both[::2]
    assert [each["name"] for each in one["conversations"]] == ["Night shift"]
    assert one["conversations"][0]["role"] == "member"


async def test_only_what_the_member_may_read_is_found(
    client, services, group, room, pair, ann, ben, cleo
):
    await make.message(services, ann, group, "Early secret")
    await make.message(services, ann, pair, "Private secret")
    await make.message(services, ann, room, "Open secret")
    await add(client, ann, group, cleo)
    late = await make.message(services, ben, group, "Late secret")

    assert await found(client, cleo, "secret") == ["Late secret"]
    place = {"conversation_id": str(pair)}
    for who, where in ((cleo, pair), (cleo, room), (ann, new_id())):
        query = {"q": "secret", "conversation_id": str(where)}
        answer = await client.get("conversations/search", headers=who.headers, params=query)
        assert told(answer) == [(404, "conversation_not_found")]
    assert await found(client, ben, "secret", **place) == ["Private secret"]

    # What was deleted, by whom, and who is suspended, erased or gone.
    await call(client, "DELETE", ben, group, f"/messages/{late.id}")
    assert await found(client, cleo, "secret") == []
    await make.message(services, ben, group, "Secret of Ben")
    assert await found(client, cleo, "secret") == ["Secret of Ben"]
    await make.suspended(services, ben)
    assert await found(client, cleo, "secret") == []
    await make.message(services, ann, group, "Secret of Ann")
    await remove(client, ann, group, cleo)
    assert await found(client, cleo, "secret") == []
    await call(client, "DELETE", ann, room, "")
    assert "Open secret" not in await found(client, ann, "secret")


async def test_edited_messages_are_found_by_their_new_words(client, services, group, ann, ben):
    said = await make.message(services, ann, group, "Mistake")

    await call(client, "PUT", ann, group, f"/messages/{said.id}", content="Corrected")

    assert await found(client, ben, "mistake") == []
    assert await found(client, ben, "corrected") == ["Corrected"]


async def test_no_words_are_left_of_deleted_and_erased_messages(
    client, services, group, ann, ben, count
):
    said = await make.message(services, ann, group, "Mistake")
    await make.message(services, ben, group, "Secret")
    assert await count(_WORDS, group) == 2

    await call(client, "DELETE", ann, group, f"/messages/{said.id}")
    await erase(services, ben)

    assert await count(_WORDS, group) == 0


async def test_messages_of_before_are_indexed_by_a_job(client, services, group, ann, ben, count):
    await make.message(services, ann, group, "Long ago")
    async with services.database.transaction() as tx:
        await tx.run("update messages set words = null where conversation_id = $1", group)
    assert await found(client, ben, "ago") == []

    await jobs.index_messages(services.database)
    await jobs.index_messages(services.database)

    assert await found(client, ben, "ago") == ["Long ago"]


@pytest.mark.parametrize("query", [{"q": ""}, {"q": "x" * 101}, {"q": "x", "limit": 101}])
async def test_a_search_has_words_and_bounds(client, ann, query):
    answer = await client.get("conversations/search", headers=ann.headers, params=query)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] in {"q", "limit"}
    assert (await client.get("conversations/search", headers=ann.headers)).status_code == 400


@pytest.mark.parametrize("cursor", ["x", "eyJzZXEiOjQyLCJ0byI6bnVsbH0"])
async def test_foreign_cursors_are_refused(client, ann, cursor):
    query = {"q": "x", "cursor": cursor}
    answer = await client.get("conversations/search", headers=ann.headers, params=query)

    assert told(answer) == [(400, "bad_cursor")]
