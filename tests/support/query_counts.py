"""Counts the statements of a request, so that none takes more the more there is."""

from collections import Counter

import httpx

from tests.make import Person
from tests.raw import hearing
from veza.app.services import Services


async def count_statements(
    client: httpx.AsyncClient, services: Services, path: str, reader: Person
) -> Counter[str]:
    """Return the statements of a read, without those of transactions."""
    async with hearing(services, "") as statements:
        answer = await client.get(path, headers=reader.headers)
    assert answer.status_code == 200, answer.text
    return Counter(sql for sql, _ in statements if " from " in sql)
