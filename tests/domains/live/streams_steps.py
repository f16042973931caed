"""Steps of streamers, viewers, encoders and of time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.make import Person
from veza.app.services import Services
from veza.core.ids import StreamId
from veza.domains.live.jobs import expire_streams

type Json = dict[str, Any]

FORM = {"title": "Dusk till dub", "category": "DJ set", "tags": ["dub", "vinyl"]}


@dataclass(frozen=True)
class Ingest:
    """A fake ingest: sends nginx's hooks from this machine with the secret."""

    client: httpx.AsyncClient
    secret: str
    name: str = ""

    async def say(self, hook: str, key: str, client_ref: str = "7", **more: str) -> httpx.Response:
        form = {"app": "live", "name": key, "clientid": client_ref} | more
        return await self.client.post(
            f"live/hooks/{hook}", params={"secret": self.secret, "ingest": self.name}, data=form
        )

    async def publish(self, key: str, client_ref: str = "7") -> str:
        """Admit an encoder; return the name of its media."""
        answer = await self.say("publish", key, client_ref, call="publish", type="live")
        assert answer.status_code == 302, answer.text
        return answer.headers["location"].rpartition("/")[2]

    async def update(self, key: str, client_ref: str = "7") -> int:
        return (await self.say("update", key, client_ref, call="update_publish")).status_code

    async def done(self, key: str, client_ref: str = "7") -> int:
        return (await self.say("done", key, client_ref, call="publish_done")).status_code


async def key_of(client: httpx.AsyncClient, owner: Person) -> str:
    answer = await client.get("live/streams/me/key", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["stream_key"]


async def seen(client: httpx.AsyncClient, stream_id: object, viewer: Person | None = None) -> Json:
    """Give a stream as it is shown."""
    headers = viewer.headers if viewer else {}
    answer = await client.get(f"live/streams/{stream_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def passed(services: Services, stream_id: object, seconds: float) -> None:
    """Have so many seconds gone by for a stream, and the clock look at it."""
    sql = """
        update streams
           set seen_at = seen_at - $2 * interval '1 second',
               interrupted_at = interrupted_at - $2 * interval '1 second',
               ended_at = ended_at - $2 * interval '1 second'
         where id = $1
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, StreamId(UUID(str(stream_id))), seconds)
    await expire_streams(services.database, services.live)
