"""A stream on air whose segments come one by one, a server of another platform, and a worker."""

import shutil
from pathlib import Path
from typing import Any

from msgspec import structs

from tests import make
from tests.fakes.rtmp_server import FakeRtmpServer
from tests.infra.waiting import until
from tests.make import Person
from veza.app.services import Services
from veza.app.worker import open_restreamer
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.domains.restreams.service.restreamer import Restreamer


class Airing:
    """A stream on air; `send` writes its next segments, as an ingest does."""

    def __init__(
        self, services: Services, owner: Person, segments: list[Path], server: FakeRtmpServer
    ) -> None:
        self.services = services
        self.owner = owner
        self.server = server
        self.stream_id = StreamId(owner.id)
        self._segments = segments
        self._sent: list[tuple[str, bool]] = []
        self.workers: list[Restreamer] = []

    async def begin(self, **row: object) -> None:
        air = {"status": "live", "is_live": True, "client_ref": "a/1", "seen_at": now()}
        async with self.services.database.transaction() as tx:
            await tx.run("delete from restream_targets")
            self.stream_id = await make.stream(
                tx, self.owner.member, started_at=now(), **(air | row)
            )
        self.send(2)

    @property
    def folder(self) -> Path:
        return self.services.live.folder / str(self.stream_id)

    def send(self, count: int = 1, *, is_break: bool = False) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for place in range(count):
            source = self._segments[len(self._sent)]
            shutil.copy(source, self.folder / source.name)
            self._sent.append((source.name, is_break and place == 0))
        lines = ["#EXTM3U", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-TARGETDURATION:1"]
        for name, breaks in self._sent[-8:]:
            lines += ["#EXT-X-DISCONTINUITY"] if breaks else []
            lines += ["#EXTINF:1.000,", name]
        (self.folder / "index.m3u8").write_text("\n".join([*lines, ""]))

    async def add_target(self, **form: Any) -> str:
        address = self.server.address
        form = {"url": f"rtmp://{address}/app", "trusted": {address}} | form
        return await make.restream_target(self.services, self.owner, **form)

    def open_worker(self, at_once: int = 6, *, hosts: list[str] | None = None) -> Restreamer:
        trusted = [self.server.address] if hosts is None else hosts
        settings = structs.replace(
            self.services.settings, live_restreams=at_once, live_restream_hosts=trusted
        )
        worker = open_restreamer(structs.replace(self.services, settings=settings))
        self.workers.append(worker)
        return worker

    async def state_of(self, target_id: str) -> tuple[str, str | None, int] | None:
        sql = """
            select state || ' ' || coalesce(reason, '') || ' ' || failures
              from stream_restreams where target_id = $1
        """
        async with self.services.database.read() as conn:
            found = await conn.value(str, sql, target_id)
        if found is None:
            return None
        state, reason, count = found.split(" ")
        return state, reason or None, int(count)

    async def change(self, sql: str, *values: object) -> None:
        async with self.services.database.transaction() as tx:
            await tx.run(sql, *values)

    async def until_state(self, target_id: str, state: str, reason: str | None = None) -> None:
        async def is_so() -> bool:
            found = await self.state_of(target_id)
            return found is not None and found[:2] == (state, reason)

        await until(is_so)

    async def ensure_stops(self, worker: Restreamer, target_id: str) -> None:
        """Ensure that the next look ends what is sent, and that nothing begins again."""

        async def is_given_up() -> bool:
            return await self.state_of(target_id) is None

        await worker.look()
        await until(lambda: self.server.open == 0)
        # The lease is given up after the connection.
        await until(is_given_up)
        count = len(self.server.messages)
        self.send()
        await worker.look()
        assert await is_given_up()
        assert len(self.server.messages) == count
