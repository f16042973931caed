"""Reports of messages, by those who can read them."""

from tests.domains.chat.conversations.members_steps import add, call, told
from tests.domains.chat.messages.routes_steps import say
from tests.make import suspended


async def report(client, who, message):
    form = {"content_type": "message", "content_id": message["id"], "reason": "Rude words."}
    return await client.post("reports", headers=who.headers, json=form)


async def test_a_report_stores_the_text(client, services, group, ann, ben, moderator):
    said = (await say(client, ben, group, "Rude words")).json()["data"]

    answer = await report(client, ann, said)
    await call(client, "DELETE", ben, group, f"/messages/{said['id']}")

    assert answer.status_code == 201, answer.text
    path = f"admin/reports/{answer.json()['data']['id']}"
    shown = (await client.get(path, headers=moderator.headers)).json()["data"]
    evidence = shown["evidence"]
    assert (evidence["content"], evidence["username"]) == ("Rude words", ben.username)
    assert evidence["conversation_name"] == "Night shift"


async def test_only_who_may_read_a_message_reports_it(client, services, group, ann, ben, cleo):
    before = (await say(client, ben, group)).json()["data"]
    gone = (await say(client, ben, group)).json()["data"]
    await call(client, "DELETE", ben, group, f"/messages/{gone['id']}")
    outside = await report(client, cleo, before)
    await add(client, ann, group, cleo)
    late = await report(client, cleo, before)
    hidden = (await say(client, ben, group)).json()["data"]
    own = await report(client, ben, hidden)
    await suspended(services, ben)

    assert told(
        outside, late, await report(client, ann, gone), own, await report(client, ann, hidden)
    ) == [
        (404, "content_not_found"),
        (404, "content_not_found"),
        (404, "content_not_found"),
        (409, "own_content"),
        (404, "content_not_found"),
    ]
