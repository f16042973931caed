"""Steps and values that tests of tags share."""


async def suggested(client, reader, **query):
    answer = await client.get("tags/suggest", params=query, headers=reader.headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"success", "data", "suggestions"}
    assert body["data"] == {"suggestions": body["suggestions"]}
    return body["suggestions"]
