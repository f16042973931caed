"""Segments as an ingest writes and deletes them."""

import os
from pathlib import Path

from veza.core.clock import now


class Writer:
    """An ingest that keeps the last 60 segments, each of a second and 188 bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers: list[int] = []
        self.breaks: set[int] = set()
        self.moment = int(now().timestamp())
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, count: int, *, after_s: int = 0, is_break: bool = False) -> None:
        self.moment += after_s
        for place in range(count):
            number = self.moment * 1000
            self.moment += 1
            path = self.folder / f"{number}.ts"
            path.write_bytes(b"\x47" * 188)
            os.utime(path, (self.moment, self.moment))
            self.numbers.append(number)
            if is_break and place == 0:
                self.breaks.add(number)
        for gone in self.numbers[:-60]:
            (self.folder / f"{gone}.ts").unlink(missing_ok=True)
        self.numbers = self.numbers[-60:]
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            "#EXT-X-MEDIA-SEQUENCE:7",
            "#EXT-X-TARGETDURATION:1",
        ]
        for number in self.numbers:
            if number in self.breaks:
                lines.append("#EXT-X-DISCONTINUITY")
            lines += ["#EXTINF:1.000,", f"{number}.ts"]
        (self.folder / "index.m3u8").write_text("\n".join([*lines, ""]))
