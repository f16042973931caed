"""Steps of those who plan streams, and of those who look for them."""

from datetime import timedelta

import httpx

from tests.domains.live.streams_steps import Json
from tests.make import Person
from veza.core.clock import now


def later(**ahead: float) -> str:
    return (now() + timedelta(**ahead)).isoformat()


async def change(client: httpx.AsyncClient, owner: Person, stream: Json, **said: object):
    return await client.put(f"live/streams/{stream['id']}", headers=owner.headers, json=said)


async def upcoming(client: httpx.AsyncClient, viewer: Person | None = None, **query: object):
    headers = viewer.headers if viewer else {}
    answer = await client.get("live/streams/upcoming", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
