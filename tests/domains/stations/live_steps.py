"""Steps of streams that take stations over: an ingest that writes segments, as time passes."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.app.worker import open_taker
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.domains.stations.jobs import take_over_stations
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.service.clock import present
from veza.domains.stations.service.takeovers import StationTaker


@dataclass
class Air:
    """A stream on air, whose ingest writes a segment each second, and a worker on that machine."""

    services: Services
    stream_id: StreamId
    sound: Sequence[bytes]
    later: Callable[..., None]
    taker: StationTaker = field(init=False)
    written: int = 0

    def __post_init__(self) -> None:
        self.taker = open_taker(self.services)

    def send(self) -> None:
        """Write a segment, and name it in the playlist with the others of the last minute."""
        folder = self.services.live.folder / str(self.stream_id)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{1000 + self.written}.ts"
        path.write_bytes(self.sound[self.written % len(self.sound)])
        moment = present() / SECOND
        os.utime(path, (moment, moment))
        self.written += 1
        named = range(max(0, self.written - 60), self.written)
        lines = [f"#EXTINF:1.000,\n{1000 + number}.ts" for number in named]
        (folder / "index.m3u8").write_text("\n".join(["#EXTM3U", *lines, ""]))

    async def take(self) -> None:
        """Run what the worker does each second."""
        await take_over_stations(self.taker)

    async def run(self, seconds: int, *, is_sending: bool = True) -> None:
        """Move the clock on, while the encoder sends or does not."""
        for _ in range(seconds):
            if is_sending:
                self.send()
            await self.take()
            self.later(seconds=1)

    async def set(self, **columns: object) -> None:
        """Change the stream."""
        names = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
        async with self.services.database.transaction() as tx:
            await tx.run(
                f"update streams set {names} where id = $1", self.stream_id, *columns.values()
            )

    async def end(self) -> None:
        """End the stream."""
        await self.set(status="ended", is_live=False, client_ref=None, ended_at=now())


async def go_on_air(
    services: Services, owner: Person, sound: Sequence[bytes], later: Callable[..., None]
) -> Air:
    """Make a public stream that is on air."""
    air = {"status": "live", "is_live": True, "client_ref": "a/1", "seen_at": now()}
    async with services.database.transaction() as tx:
        stream_id = await make.stream(tx, owner.member, "Dusk till dub", started_at=now(), **air)
    return Air(services, stream_id, sound, later)
