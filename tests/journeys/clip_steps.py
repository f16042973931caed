"""Clips without an encoder: of a stream of which nine seconds are kept, as if they had been sent."""

from typing import Any

import httpx

from tests.journeys.served import Server


def make_clip(server: Server, client: httpx.Client, stream_id: str, title: str) -> dict[str, Any]:
    """Make a clip of a stream, and return it."""
    folder = server.data_dir / "live" / "rewind" / stream_id
    folder.mkdir(parents=True)
    (folder / "1.ts").write_bytes(b"\x47" * 188)
    (folder / "rewind.m3u8").write_text("#EXTM3U\n#EXTINF:9.000,\n1.ts\n")
    answer = client.post(f"live/streams/{stream_id}/clips", json={"title": title})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made
