"""Viewers go back in a stream that runs: what is kept of it, for whom, and what goes first."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest
from msgspec import structs

from tests import make
from tests.domains.live.rewinding_steps import Writer
from tests.domains.live.streams_steps import seen
from veza.app.worker import keep_windows
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.live.rules import rewinding
from veza.domains.live.rules.rewinding import RewindBounds, RewindSegment, RewindWindow
from veza.domains.live.service.rewinding import keep_windows as keep


def kept_of(folder: Path) -> RewindWindow:
    return rewinding.read_window((folder / "rewind.m3u8").read_text())


def files_of(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.ts"))


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "hls", tmp_path / "rewind"


@pytest.fixture
async def live(ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    return stream


async def test_viewers_go_back_to_what_the_ingest_has_deleted(client, services, live):
    writer = Writer(services.live.folder / live["id"])
    writer.send(60)
    await keep_windows(services)
    first = writer.numbers[0]
    writer.send(45)
    await keep_windows(services)
    assert not (writer.folder / f"{first}.ts").exists()
    await started_before(services, live["id"])
    shown = await seen(client, live["id"])
    assert 100 <= shown["rewind_seconds"] < 130
    url = shown["rewind_url"].replace("rewind-master", "rewind")
    answer = await client.get(url)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    names = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert (len(names), names[0]) == (105, f"{first}.ts")
    segment = await client.get(urljoin(url, names[0]))
    assert (segment.status_code, len(segment.content)) == (200, 188)
    began = datetime.fromtimestamp(first / 1000, UTC).isoformat(timespec="milliseconds")
    assert f"#EXT-X-PROGRAM-DATE-TIME:{began}" in answer.text
    # Nothing of it is in the playlist of those who do not go back.
    present = await client.get(urljoin(url, "index.m3u8"))
    assert len(present.text) < len(answer.text)


async def test_each_segment_of_the_past_asks_for_the_audience(
    client, services, ingest, create, owner, other
):
    await make.follows(services, other, owner)
    stream = await create(audience="followers")
    name = await ingest.publish(stream["stream_key"])
    writer = Writer(services.live.folder / name)
    writer.send(60)
    await keep_windows(services)
    writer.send(60)
    await keep_windows(services)
    await started_before(services, stream["id"])
    url = (await seen(client, stream["id"], other))["rewind_url"]
    master = await client.get(url)
    assert master.headers["cache-control"] == "private, no-store"
    url = url.replace("rewind-master", "rewind")
    assert url.partition("hls/")[2] in master.text
    answer = await client.get(url)
    assert answer.headers["cache-control"] == "private, no-store"
    [first, *_] = [line for line in answer.text.splitlines() if not line.startswith("#")]
    segment = urljoin(url, first)
    assert (await client.get(segment)).status_code == 200
    for foreign in (url.partition("?")[0], segment.partition("?")[0]):
        assert (await client.get(foreign)).status_code == 404
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where followed_id = $1", owner.id)
    assert [(await client.get(each)).status_code for each in (url, segment)] == [404, 404]


async def test_with_another_audience_the_past_of_everybody_is_gone(
    client, services, live, owner, other
):
    writer = Writer(services.live.folder / live["id"])
    writer.send(60)
    await keep_windows(services)
    await started_before(services, live["id"])
    path = f"live/streams/{live['id']}"
    await client.put(path, headers=owner.headers, json={"audience": "followers"})
    for name in ("rewind.m3u8", f"{writer.numbers[0]}.ts"):
        assert (await client.get(f"{path}/hls/{name}")).status_code == 404
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("audience", ["public", "unlisted", "followers"])
async def test_what_one_audience_was_sent_is_not_for_another(
    client, services, ingest, create, owner, other, audience
):
    stream = await create(audience="named", guests=[other.username])
    await make.follows(services, other, owner)
    name = await ingest.publish(stream["stream_key"])
    writer = Writer(services.live.folder / name)
    writer.send(60)
    await keep_windows(services)
    await started_before(services, stream["id"])
    path = f"live/streams/{stream['id']}"
    changed = await client.put(path, headers=owner.headers, json={"audience": audience})
    assert changed.status_code == 200
    url = (await seen(client, stream["id"], other))["rewind_url"]
    for name in ("rewind.m3u8", f"{writer.numbers[0]}.ts"):
        answer = await client.get(url.replace("rewind-master.m3u8", name))
        assert answer.status_code == 404
    # Its encoder connects again, and goes on in another folder.
    again = Writer(services.live.folder / await ingest.publish(stream["stream_key"]))
    again.send(60, after_s=60)
    await keep_windows(services)
    answer = await client.get(url.replace("rewind-master", "rewind"))
    assert answer.status_code == 200
    [first, *_] = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert first.partition("?")[0] == f"{again.numbers[0]}.ts"


async def test_who_is_named_later_goes_back_as_the_others_do(
    client, services, ingest, create, owner, other
):
    stream = await create(audience="named", guests=[])
    writer = Writer(services.live.folder / await ingest.publish(stream["stream_key"]))
    writer.send(60)
    await keep_windows(services)
    await started_before(services, stream["id"])
    path = f"live/streams/{stream['id']}"
    await client.put(path, headers=owner.headers, json={"guests": [other.username]})
    url = (await seen(client, stream["id"], other))["rewind_url"]
    assert (await client.get(url)).status_code == 200


async def test_after_the_end_nothing_is_kept(client, services, live, owner):
    writer = Writer(services.live.folder / live["id"])
    writer.send(60)
    await keep_windows(services)
    await client.post(f"live/streams/{live['id']}/end", headers=owner.headers)
    url = f"live/streams/{live['id']}/hls/rewind.m3u8"
    last = await client.get(url)
    assert last.text.endswith("#EXT-X-ENDLIST\n")
    shown = await seen(client, live["id"])
    assert (shown["rewind_url"], shown["rewind_seconds"]) == (None, 0)
    kept = services.live.rewind_folder / live["id"]
    await keep_windows(services)
    assert kept.exists()
    long_ago = (now() - timedelta(minutes=3)).timestamp()
    os.utime(kept / "rewind.m3u8", (long_ago, long_ago))
    await keep_windows(services)
    assert not kept.exists()


async def test_the_setting_switches_it_off(client, services, live):
    writer = Writer(services.live.folder / live["id"])
    writer.send(3)
    await keep_windows(services)
    off = structs.replace(
        services, settings=structs.replace(services.settings, live_rewind_minutes=0)
    )
    await keep_windows(off)
    assert list(services.live.rewind_folder.iterdir()) == []


async def test_nothing_is_kept_while_the_reserve_of_the_disk_is_used_up(
    services, live, monkeypatch
):
    writer = Writer(services.live.folder / live["id"])
    writer.send(3)
    await keep_windows(services)
    monkeypatch.setattr(type(services.disk), "is_low", True)
    await keep_windows(services)
    assert list(services.live.rewind_folder.iterdir()) == []


def test_the_window_moves_on_and_files_follow_a_look_later(folders):
    written, kept = folders
    writer, bounds = Writer(written / "a"), RewindBounds(20, 10**9)
    writer.send(15)
    keep(written, kept, {"a"}, bounds)
    writer.send(15)
    keep(written, kept, {"a"}, bounds)
    window = kept_of(kept / "a")
    assert [each.number for each in window.segments] == writer.numbers[10:30]
    assert window.sequence == 10
    # Who holds the former playlist still finds what it names.
    assert files_of(kept / "a") == writer.numbers[0:30]
    keep(written, kept, {"a"}, bounds)
    assert files_of(kept / "a") == writer.numbers[10:30]
    assert (kept / "a").stat().st_mode & 0o077 == 0


def test_a_break_and_a_gap_are_marked_and_counted_when_they_leave(folders):
    written, kept = folders
    writer, bounds = Writer(written / "a"), RewindBounds(100, 10**9)
    writer.send(10)
    keep(written, kept, {"a"}, bounds)
    writer.send(10, after_s=5, is_break=True)
    keep(written, kept, {"a"}, bounds)
    # Nobody looked for longer than the ingest keeps.
    writer.send(70)
    keep(written, kept, {"a"}, bounds)
    window = kept_of(kept / "a")
    assert [n for n, each in enumerate(window.segments) if each.is_break] == [10, 20]
    assert (window.breaks, len(window.segments)) == (0, 80)
    keep(written, kept, {"a"}, RewindBounds(65, 10**9))
    window = kept_of(kept / "a")
    assert (window.sequence, window.breaks) == (15, 1)


def test_a_stream_with_large_segments_shortens_the_past_of_no_other(folders):
    written, kept = folders
    small, other, large = (Writer(written / name) for name in "abc")
    for writer in (small, other, large):
        writer.send(20)
    for number in large.numbers:
        path = large.folder / f"{number}.ts"
        times = path.stat().st_mtime, path.stat().st_mtime
        path.write_bytes(b"\x47" * 1880)
        os.utime(path, times)
    # As large as all of both, and five of the large ones.
    keep(written, kept, {"a", "b", "c"}, RewindBounds(100, 188 * (20 + 20 + 50)))
    assert [len(files_of(kept / name)) for name in "abc"] == [20, 20, 5]
    assert files_of(kept / "c") == large.numbers[15:]


def test_what_each_stream_may_have():
    assert rewinding.find_share([], 100) == 100
    assert rewinding.find_share([40, 60], 100) >= 60
    assert rewinding.find_share([10, 1000, 2000], 100) == 45
    assert rewinding.find_share([50, 50, 50], 100) == 33


def test_streams_share_when_they_are_too_large(folders):
    written, kept = folders
    one, two = Writer(written / "a"), Writer(written / "b")
    one.send(20)
    two.send(10, after_s=10)
    keep(written, kept, {"a", "b"}, RewindBounds(100, 188 * 20))
    # Both have the same ten seconds.
    assert files_of(kept / "a") == one.numbers[10:]
    assert files_of(kept / "b") == two.numbers
    assert kept_of(kept / "a").sequence == 10
    two.send(5)
    one.send(5)
    keep(written, kept, {"a", "b"}, RewindBounds(100, 188 * 20))
    assert [len(files_of(kept / name)) for name in "ab"] == [10, 10]


def test_what_cannot_be_linked_is_copied(folders, monkeypatch):
    written, kept = folders
    writer = Writer(written / "a")
    writer.send(3)

    def across(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", across)
    keep(written, kept, {"a"}, RewindBounds(100, 10**9))
    assert files_of(kept / "a") == writer.numbers
    monkeypatch.undo()
    keep(written, kept, {"a", str(new_id())}, RewindBounds(100, 10**9))
    assert files_of(kept / "a") == writer.numbers


def test_a_segment_that_is_gone_is_a_gap(folders):
    written, kept = folders
    writer = Writer(written / "a")
    writer.send(4)
    (writer.folder / f"{writer.numbers[1]}.ts").unlink()
    keep(written, kept, {"a"}, RewindBounds(100, 10**9))
    window = kept_of(kept / "a")
    assert [each.is_break for each in window.segments] == [False, True, False]


def test_a_playlist_has_a_bound_whatever_the_length_of_its_segments():
    many = RewindWindow([RewindSegment(n, 0.01) for n in range(rewinding.MAX_SEGMENTS + 50)])
    trimmed = rewinding.trim(many, 3600)
    assert (len(trimmed.segments), trimmed.sequence) == (rewinding.MAX_SEGMENTS, 50)


async def started_before(services, stream_id: str) -> None:
    async with services.database.transaction() as tx:
        sql = "update streams set started_at = now() - interval '100 s' where id = $1::text::uuid"
        await tx.run(sql, stream_id)
