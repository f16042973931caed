"""Steps and values that tests of reviews share."""

import httpx

from veza.core.ids import ProductId


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


async def rated(client: httpx.AsyncClient, product_id: ProductId) -> tuple[float | None, int]:
    """Tell a product's average, and of how many reviews."""
    product = (await client.get(f"marketplace/products/{product_id}")).json()["data"]
    return product["rating_average"], product["reviews_count"]
