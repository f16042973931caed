"""Archives that are written as they go: what comes in comes out, whoever reads it."""

import asyncio
import hashlib
import io
import os
import shutil
import zipfile
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journeys.served import memory_kib
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

NOW = datetime(2026, 3, 1, 12, 30, 8, tzinfo=UTC)


async def chunks_of(content: bytes, size: int = 100_000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


def entry(
    path: str, content: bytes, *, is_packed: bool = False, moment: datetime = NOW
) -> ArchiveEntry:
    return ArchiveEntry(path, chunks_of(content), len(content), moment, is_packed)


async def listed(*entries: ArchiveEntry):
    for each in entries:
        yield each


async def written(*entries: ArchiveEntry, sums: ArchiveChecksums | None = None) -> bytes:
    return b"".join(
        [chunk async for chunk in write_archive(listed(*entries), sums or ArchiveChecksums())]
    )


CONTENTS = {
    "README.txt": b"hello",
    "data/nothing.json": b"",
    "media/a/夜のフェリー.wav": bytes(range(256)) * 3_000,
    "media/long/" + "x" * 200: b"long",
}


@pytest.mark.parametrize("is_packed", [False, True])
async def test_what_comes_in_comes_out_with_its_sums(is_packed):
    sums = ArchiveChecksums()
    entries = [entry(path, content, is_packed=is_packed) for path, content in CONTENTS.items()]

    content = await written(*entries, sums=sums)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS
        kinds = {info.compress_type for info in archive.infolist()}
        assert kinds == {zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED}
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 1, 12, 30, 8)}
    assert sums.by_path == {
        path: hashlib.sha256(content).hexdigest() for path, content in CONTENTS.items()
    }
    assert sums.write().splitlines()[0] == f"{sums.by_path['README.txt']}  README.txt"


async def test_an_archive_of_nothing_is_one():
    with zipfile.ZipFile(io.BytesIO(await written())) as archive:
        assert archive.namelist() == []


async def test_what_is_older_than_the_format_is_as_old_as_that():
    old = datetime(1970, 1, 1, tzinfo=UTC)
    with zipfile.ZipFile(io.BytesIO(await written(entry("a", b"a", moment=old)))) as archive:
        assert archive.getinfo("a").date_time[0] == 1980


async def test_no_more_is_held_than_comes_at_once():
    content = bytes(50 * 1_000_000)
    lengths = [
        len(chunk)
        async for chunk in write_archive(
            listed(entry("a", content, is_packed=True)), ArchiveChecksums()
        )
    ]
    assert sum(lengths) > len(content)
    assert max(lengths) < 200_000


async def test_what_fails_in_the_middle_fails_whole():
    async def breaking():
        yield b"a" * 100_000
        raise OSError("It is gone.")

    async def entries():
        yield entry("a", b"a")
        yield ArchiveEntry("b", breaking(), 200_000, NOW, is_packed=True)

    with pytest.raises(OSError, match="It is gone"):
        async for _ in write_archive(entries(), ArchiveChecksums()):
            pass


async def test_who_goes_away_in_the_middle_leaves_nothing_open():
    async with aclosing(
        write_archive(listed(entry("a", bytes(10**6))), ArchiveChecksums())
    ) as archive:
        async for _ in archive:
            break


async def test_very_large_files_have_room_for_their_sizes():
    large = ArchiveEntry("a", chunks_of(b"a"), 5 * 1024**3, NOW, is_packed=True)
    with zipfile.ZipFile(io.BytesIO(await written(large))) as archive:
        assert archive.read("a") == b"a"


@pytest.mark.skipif(shutil.which("unzip") is None, reason="There is no unzip.")
@pytest.mark.parametrize("is_packed", [False, True])
async def test_other_programs_read_it_too(tmp_path: Path, is_packed):
    path = tmp_path / "a.zip"
    entries = [entry(name, content, is_packed=is_packed) for name, content in CONTENTS.items()]
    path.write_bytes(await written(*entries))
    tested = await asyncio.create_subprocess_exec("unzip", "-tq", path)
    assert await tested.wait() == 0


@pytest.mark.long
async def test_gigabytes_pass_through_a_few_mebibytes(tmp_path: Path):
    size, piece = 5 * 1024**3, bytes(256 * 1024)

    async def sparse():
        for _ in range(size // len(piece)):
            yield piece

    path, files = tmp_path / "large.zip", [b"before", b"after"]
    entries = [
        entry("a", files[0]),
        ArchiveEntry("b", sparse(), size, NOW, True),
        entry("c", files[1]),
    ]
    # From here on the kernel counts the highest point anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_kib(os.getpid(), "VmHWM")
    with path.open("wb") as file:
        async for chunk in write_archive(listed(*entries), ArchiveChecksums()):
            # What is empty takes no space on the disk.
            if chunk.count(0) == len(chunk):
                file.seek(len(chunk), io.SEEK_CUR)
            else:
                file.write(chunk)
    assert (memory_kib(os.getpid(), "VmHWM") - before) / 1024 < 32

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert [info.file_size for info in archive.infolist()] == [6, size, 5]
        assert [archive.read("a"), archive.read("c")] == files
