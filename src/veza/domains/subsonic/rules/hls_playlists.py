"""The HLS playlist of a song, as players get it: with absolute, signed addresses."""

import re
from collections.abc import Sequence

HLS_TYPE = "application/vnd.apple.mpegurl"

# A variant: its tag, and the line with its address, which begins with its bit rate.
_VARIANT = re.compile(r"(#EXT-X-STREAM-INF:.*\n)(([0-9]+)k/.*)\n")


def show_playlist(playlist: str, bitrates: Sequence[str], *, base: str, query: str) -> str:
    """Return a master playlist with the variants that have at most the highest of these bit rates.

    Without a bit rate it has all of them, and always the lowest.
    """
    wanted = [int(each) for each in bitrates if each.isdecimal() and len(each) < 10]
    most = max(wanted, default=0)
    found = sorted(_VARIANT.findall(playlist), key=lambda variant: int(variant[2]))
    shown = [each for each in found if not most or int(each[2]) <= most] or found[:1]
    head = _VARIANT.sub("", playlist)
    return head + "".join(f"{tag}{base}/{path}{query}\n" for tag, path, _ in shown)
