"""Steps and values that tests of sellers share."""


async def balance_of(client, person):
    answer = await client.get("sell/balance", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
