"""`veza disk`: what uses the disk and the storage, by kind and by member."""

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from tests import make
from tests.make.cloud import cloud_file
from tests.make.music import bare_track
from veza.app.services import Services
from veza.cli.disk import draw, format_size
from veza.cli.main import _create_parser
from veza.core.ids import new_id
from veza.domains.platform.uploads.models import StorageKind
from veza.operations.disk_usage import DiskUsage, KindUsage, measure


def _sizes(usage: DiskUsage) -> dict[tuple[str, str], int]:
    return {(each.place, each.kind): each.bytes for each in usage.kinds}


@pytest.mark.long
async def test_every_kind_is_counted_where_it_is(
    services: Services, data_dir: Path, tmp_path: Path
) -> None:
    before = _sizes(await measure(services, members=0))
    track = new_id()
    for key, size in {
        f"tracks/{track}/original": 1000,
        f"tracks/{track}/stream.m4a": 200,
        f"tracks/{track}/hls/0.m4s": 30,
        f"images/{track}/picture.jpg": 4,
        f"products/{track}/{track}/file": 5,
        f"unheard/{track}": 200_000,
    }.items():
        await services.storage.put_new(key, bytes(size))
    for folder in ("migration-copies", "mail"):
        (data_dir / folder).mkdir(exist_ok=True)
        (data_dir / folder / f"{track}").write_bytes(b"x" * 100_000)
    (tmp_path / "backup").write_bytes(bytes(70_000))
    settings = msgspec.structs.replace(services.settings, backup_target=str(tmp_path))

    usage = await measure(msgspec.structs.replace(services, settings=settings), members=0)

    after = _sizes(usage)
    grown = {key: size - before.get(key, 0) for key, size in after.items()}
    assert grown["storage", "originals of tracks"] == 1000
    assert grown["storage", "renditions of tracks"] == 230
    assert grown["storage", "images"] == 4
    assert grown["storage", "files of products"] == 5
    assert grown["storage", "other"] == 200_000
    assert grown["data directory", "mails"] >= 100_000
    assert grown["data directory", "copies before migrations"] >= 100_000
    assert after["data directory", "database"] > 10_000_000
    assert after["data directory", "write-ahead log"] >= 16 * 1024**2
    assert ("data directory", "cache") in after
    assert ("data directory", "logs of the engines") in after
    # The storage is counted once.
    assert grown.get(("data directory", "other"), 0) < 100_000
    assert KindUsage("backups", "backups", 70_000, 1) in usage.kinds
    assert usage.size_bytes > usage.free_bytes > 0
    assert not usage.unread


@pytest.mark.long
async def test_the_largest_members_come_first_with_what_they_have(services: Services) -> None:
    large, small = [await make.person(services) for _ in range(2)]
    await cloud_file(services, large, content=bytes(700_000_0))
    await cloud_file(services, small, content=bytes(500_000_0))
    async with services.database.transaction(recorded=False) as tx:
        track_id = await bare_track(tx, large.member, "Long")
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash, stream_size, ladder_size)
                 values ($1, 'a.wav', 'wav', 2000000, $2, 300000, 40000)
        """
        await tx.run(sql, track_id, "0" * 64)

    usage = await measure(services, members=100_000)

    # Others may have more in this database.
    totals = [each.bytes for each in usage.members]
    assert totals == sorted(totals, reverse=True)
    ours = {large.username, small.username}
    first, second = [each for each in usage.members if each.username in ours]
    assert (first.username, first.bytes, first.renditions_bytes) == (
        large.username,
        9_000_000,
        340_000,
    )
    assert first.kinds == {StorageKind.FILES: 7_000_000, StorageKind.TRACKS: 2_000_000}
    assert (second.username, second.bytes, second.renditions_bytes) == (
        small.username,
        5_000_000,
        0,
    )
    assert len((await measure(services, members=2)).members) == 2
    shown = io.StringIO()
    Console(file=shown, width=120).print(draw(usage))
    [line] = [line for line in shown.getvalue().splitlines() if large.username in line]
    assert line.split()[1:] == [
        "9.0",
        "MB",
        "2.0",
        "MB",
        "0",
        "B",
        "7.0",
        "MB",
        "0",
        "B",
        "0",
        "B",
        "340",
        "kB",
    ]
    assert msgspec.json.decode(msgspec.json.encode(usage), type=DiskUsage) == usage


async def test_engines_elsewhere_and_backups_that_are_gone_are_told(
    services: Services, tmp_path: Path
) -> None:
    gone = tmp_path / "unmounted"
    settings = msgspec.structs.replace(
        services.settings, database_url=services.addresses.database, backup_target=str(gone)
    )
    usage = await measure(msgspec.structs.replace(services, settings=settings), members=1)

    assert _sizes(usage)["PostgreSQL", "database"] > 10_000_000
    assert usage.unread == {"backups": f"{gone} does not exist"}
    assert not gone.exists()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_940, "99.9 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**19, "10000 PB"),
    ],
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert format_size(size) == text


def test_the_command_line_knows_it() -> None:
    given = _create_parser().parse_args(["disk", "--json", "--members", "3"])
    assert (given.json, given.members) == (True, 3)
