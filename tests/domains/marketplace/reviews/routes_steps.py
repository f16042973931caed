"""Steps and values that tests of reviews share."""


async def listed(client, product_id, **query):
    answer = await client.get(f"marketplace/products/{product_id}/reviews", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()["data"]
    return page["reviews"], page["total"]


async def answer_to(client, person, review, answer):
    path = f"marketplace/products/{review['product_id']}/reviews/{review['id']}/answer"
    return await client.put(path, headers=person.headers, json={"answer": answer})


async def delete(client, person, review):
    path = f"marketplace/products/{review['product_id']}/reviews/{review['id']}"
    return await client.delete(path, headers=person.headers)
