"""Steps with the playlists of stations: what they list, by number."""

import re


async def heard(client, station, name="256k.m3u8"):
    answer = await client.get(f"stations/{station['id']}/hls/{name}")
    assert answer.status_code == 200, answer.text
    return answer.text


def read(playlist):
    """Number and address of each segment, whether it is a gap, and the discontinuities."""
    number = int(re.search(r"MEDIA-SEQUENCE:(\d+)", playlist)[1])
    slot = int(re.search(r"DISCONTINUITY-SEQUENCE:(\d+)", playlist)[1])
    found, is_gap = {}, False
    for line in playlist.splitlines():
        slot += line == "#EXT-X-DISCONTINUITY"
        is_gap = is_gap or line == "#EXT-X-GAP"
        if line.endswith(".m4s"):
            found[number] = (slot, line, is_gap)
            number, is_gap = number + 1, False
    return found
