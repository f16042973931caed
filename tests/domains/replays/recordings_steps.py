"""Steps of streams that are recorded: segments as an ingest writes them, and of time."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.app.worker import open_recorder
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.domains.replays.jobs import record_streams

type Json = dict[str, Any]


@dataclass
class Air:
    """A stream on air, whose ingest writes a segment each second."""

    services: Services
    stream_id: StreamId
    sound: Sequence[bytes]
    began_at: datetime
    written: int = 0

    @property
    def folder(self) -> Path:
        return self.services.live.folder / str(self.stream_id)

    def send(self, count: int, *, after_s: float = 0) -> None:
        """Write segments, and name them in the playlist; after a pause of the encoder."""
        self.began_at += timedelta(seconds=after_s)
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(count):
            self.written += 1
            ended = self.began_at + timedelta(seconds=self.written)
            path = self.folder / f"{int(ended.timestamp() * 1000) - 1000}.ts"
            path.write_bytes(self.sound[self.written % len(self.sound)])
            os.utime(path, (ended.timestamp(), ended.timestamp()))
        names = sorted(path.name for path in self.folder.glob("*.ts"))
        (self.folder / "index.m3u8").write_text("#EXTM3U\n" + "\n".join(names))

    def forget(self, count: int) -> None:
        """Delete the oldest segments, as an ingest does."""
        for path in sorted(self.folder.glob("*.ts"))[:count]:
            path.unlink()

    async def record(self) -> None:
        """Run the job that records streams."""
        await record_streams(open_recorder(self.services))

    async def end(self) -> None:
        async with self.services.database.transaction() as tx:
            sql = """
                update streams
                   set status = 'ended', is_live = false, client_ref = null, ended_at = now()
                 where id = $1
            """
            await tx.run(sql, self.stream_id)


async def go_on_air(
    services: Services, owner: Person, sound: Sequence[bytes], **row: object
) -> Air:
    """Make a stream that has been on air for two minutes."""
    began = now() - timedelta(minutes=2)
    air = {"status": "live", "is_live": True, "client_ref": "a/1", "seen_at": now()}
    async with services.database.transaction() as tx:
        stream_id = await make.stream(
            tx, owner.member, "Dusk till dub", started_at=began, **(air | row)
        )
    return Air(services, stream_id, sound, began)


async def start(client: httpx.AsyncClient, owner: Person, air: Air) -> Json:
    """Record a stream as if recording began before its first segment."""
    path = f"live/streams/{air.stream_id}/recording"
    answer = await client.post(path, headers=owner.headers)
    assert answer.status_code == 200, answer.text
    made = answer.json()["data"]
    async with air.services.database.transaction() as tx:
        sql = "update stream_recordings set created_at = $2 where id = $1"
        await tx.run(sql, UUID(made["id"]), now() - timedelta(minutes=3))
    return made


async def show(client: httpx.AsyncClient, owner: Person, recording_id: str) -> Json:
    answer = await client.get(f"live/recordings/{recording_id}", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
