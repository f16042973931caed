"""Steps and values that tests of relationships share."""


async def call(client, method, path, person):
    answer = await client.request(method, path, headers=person.headers if person else {})
    return answer.status_code, answer.json()


async def told(client, path, person=None):
    status, body = await call(client, "GET", path, person)
    assert status == 200, body
    return body["data"]
