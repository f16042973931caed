"""Steps and values that tests of conversations share."""


async def call(client, method, who, where, path="", **body):
    options = {"json": body} if body else {}
    url = f"conversations/{where}{path}"
    return await client.request(method, url, headers=who.headers, **options)


async def add(client, actor, where, who):
    return await call(client, "POST", actor, where, "/members", user_id=str(who.id))


async def remove(client, actor, where, who):
    return await call(client, "DELETE", actor, where, "/members", user_id=str(who.id))


async def roles(client, viewer, where):
    listed = (await call(client, "GET", viewer, where, "/members")).json()["data"]["members"]
    return {member["user"]["username"]: member["role"] for member in listed}


def told(*answers):
    return [(answer.status_code, answer.json().get("code")) for answer in answers]
