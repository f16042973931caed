"""Steps and values that tests of messages share."""

from tests.domains.chat.conversations.members_steps import call


async def say(client, who, where, content="Hello", **said):
    return await call(client, "POST", who, where, "/messages", content=content, **said)


async def read_history(client, who, where, **query):
    url = f"conversations/{where}/history"
    answer = await client.get(url, headers=who.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def contents(page):
    return [message["content"] for message in page["messages"]]
