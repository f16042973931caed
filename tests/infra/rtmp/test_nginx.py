"""The publisher sends the FLV of ffmpeg to nginx-rtmp, which receives all of it."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.infra.rtmp.nginx_steps import needs_nginx, probe, recording, write_segments
from tests.infra.waiting import until
from tests.sounds import ffmpeg_of_the_wheel
from veza.core.rtmp_servers import read_server
from veza.infra.media.confined_process import FedProcess
from veza.infra.media.remux import FIT_KINDS, remuxing_to_flv
from veza.infra.media.ts_packets import find_kinds
from veza.infra.rtmp.flv import FlvReader
from veza.infra.rtmp.publisher import RtmpPublisher, publishing

pytestmark = needs_nginx


async def forward(process: FedProcess, publisher: RtmpPublisher) -> None:
    tags = FlvReader(process.output)
    while (message := await tags.read()) is not None:
        await publisher.send(message)


@pytest.mark.parametrize("has_pictures", [True, False])
async def test_an_nginx_records_all_that_is_sent(tmp_path: Path, has_pictures: bool):
    segments = write_segments(tmp_path / "hls", has_pictures=has_pictures)
    kinds = find_kinds(segments[0].read_bytes())
    assert kinds == ({0x1B, 0x0F} if has_pictures else {0x0F})
    assert kinds <= FIT_KINDS
    async with recording() as (port, folder):
        address = f"127.0.0.1:{port}"
        server = read_server(f"rtmp://{address}/app", {address})
        async with (
            publishing(server, "the-key", ssl.create_default_context()) as publisher,
            remuxing_to_flv(ffmpeg_of_the_wheel(), kinds, folder=tmp_path) as process,
        ):
            forwarding = asyncio.create_task(forward(process, publisher))
            for each in segments:
                await process.write(each.read_bytes())
            await process.finish()
            await forwarding
        [recorded] = folder.glob("the-key*.flv")
        await until(lambda: probe(recorded).get("aac", 0) > 3.9)
        found = probe(recorded)
    assert set(found) == ({"aac", "h264"} if has_pictures else {"aac"})
    assert all(length == pytest.approx(4, abs=0.15) for length in found.values())


def test_tracks_that_are_only_declared_are_none():
    def packet(start: str) -> bytes:
        return bytes.fromhex(start).ljust(188, b"\xff")

    places = packet("4740001000 00b00d0001c10000 0001f001 2e701905")
    both = packet("4750011000 02b0170001c10000e100f000 1be100f000 0fe101f000 2f44b99b")
    sound, pictures = packet("47410130"), packet("47410030")
    assert find_kinds(places + both + sound) == {0x0F}
    assert find_kinds(places + both + pictures) == {0x1B}
    assert find_kinds(places + both + sound + pictures) == {0x0F, 0x1B}
    assert find_kinds(b"") == find_kinds(b"x" * 1000) == find_kinds(places) == frozenset()
