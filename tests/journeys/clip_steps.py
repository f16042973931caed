"""Clips of a stream without an encoder: nine seconds of it are kept, as if it had sent them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from tests.journeys.served import Server
from veza.app.services import open_services
from veza.app.settings.environment import read_settings


def make_clip(server: Server, client: httpx.Client, stream_id: str, title: str) -> dict[str, Any]:
    """Make a clip of a stream, and return it."""
    folder = server.data_dir / "live" / "rewind" / asyncio.run(_name_folder(server, stream_id))
    folder.mkdir(parents=True)
    (folder / "1.ts").write_bytes(b"\x47" * 188)
    (folder / "rewind.m3u8").write_text("#EXTM3U\n#EXTINF:9.000,\n1.ts\n")
    answer = client.post(f"live/streams/{stream_id}/clips", json={"title": title})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


async def _name_folder(server: Server, stream_id: str) -> str:
    """Return the name of the folder of a stream's media, which its address does not tell."""
    async with (
        open_services(read_settings(server.environment())) as services,
        services.database.read() as conn,
    ):
        sql = "select media_id from streams where id = $1"
        return str(await conn.value(UUID, sql, UUID(stream_id)) or stream_id)
