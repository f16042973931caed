"""Steps and values that tests of conversations share."""


async def create(client, who, **form):
    return await client.post("conversations", headers=who.headers, json=form)
