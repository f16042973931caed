"""Qualities of a stream: what their playlists name, who gets them, and what is kept and deleted."""

import os
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests import make
from tests.domains.live.rewinding_steps import Writer
from tests.domains.live.streams_steps import seen
from veza.app.worker import keep_windows
from veza.domains.live.rules import qualities, rewinding
from veza.domains.live.rules.media import Quality
from veza.domains.live.rules.qualities import OfferedMedia
from veza.domains.live.rules.rewinding import RewindBounds
from veza.domains.live.service.ladders import sweep
from veza.domains.live.service.rewinding import keep_windows as keep
from veza.infra.media.adts import stamp_ticks

HEAD = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:9\n#EXT-X-TARGETDURATION:1"


def playlist_of(count: int, *, breaks: tuple[int, ...] = ()) -> str:
    lines = [HEAD]
    for number in range(count):
        lines += ["#EXT-X-DISCONTINUITY"] if number in breaks else []
        lines += ["#EXTINF:1.000,", f"{number}.ts"]
    return "\n".join([*lines, ""])


def names_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def low_of(count: int, made: set[int]) -> list[str]:
    text = qualities.write_playlist(playlist_of(count), Quality.LOW, made)
    return [] if text is None else names_in(text)


def encode(folder: Path, numbers: list[int], size: int = 188) -> None:
    """Write what the worker would."""
    for number in numbers:
        (folder / f"low-{number}.aac").write_bytes(b"\xff" * size)


@pytest.fixture
async def live(ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    return stream


def test_the_last_segments_are_left_out_until_they_are_encoded():
    assert low_of(6, {0, 1, 2, 3}) == [f"low-{number}.aac" for number in range(4)]
    assert low_of(6, set(range(6)))[-1] == "low-5.aac"


def test_what_was_not_encoded_in_time_is_the_sound_as_sent():
    expected = ["low-0.aac", "sound-1.aac", "sound-2.aac", "low-3.aac"]
    assert low_of(4, {0, 3}) == expected
    assert low_of(10, set()) == [f"sound-{number}.aac" for number in range(6)]
    assert low_of(4, set()) == []


@pytest.mark.parametrize("made", [set(), {5}, {0, 1, 5}, set(range(20))])
def test_a_segment_that_was_named_keeps_its_name(made: set[int]):
    """As the stream goes on: what is late is not written any more."""
    named: dict[int, str] = {}
    written: set[int] = set()
    for count in range(1, 20):
        window = rewinding.read_window(playlist_of(count))
        # Each one comes three segments later.
        written |= {n for n in made & {count - 4} if not qualities.is_late(window, n)}
        for number, name in enumerate(low_of(count, written)):
            assert named.setdefault(number, name) == name


def test_breaks_and_places_are_those_of_what_is_sent():
    sent = playlist_of(9, breaks=(4,)).replace("\n", "\r\n")
    text = qualities.write_playlist(sent, Quality.SOUND, ())
    assert text == playlist_of(9, breaks=(4,)).replace(".ts", ".aac").replace(
        "\n", "\nsound-"
    ).replace("sound-#", "#").removesuffix("sound-")


def test_the_low_quality_is_offered_at_the_begin_and_while_it_is_made():
    def offered(count: int, made: set[int]) -> bool:
        return qualities.is_low_offered(rewinding.read_window(playlist_of(count)), made)

    assert offered(3, set())
    assert not offered(30, set())
    assert not offered(30, {3})
    assert offered(30, {24})


def test_a_master_names_what_there_is():
    sent, sound, low = [(60_000, 1.0), (90_000, 1.0)], [(24_000, 1.0)], [(8_000, 1.0)]
    offered = OfferedMedia(sent, sound, low, "avc1.64001f")
    assert qualities.write_master(offered, has_low=True, is_past=False).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        '#EXT-X-STREAM-INF:BANDWIDTH=720000,AVERAGE-BANDWIDTH=600000,CODECS="avc1.64001f,mp4a.40.2"',
        "index.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=192000,AVERAGE-BANDWIDTH=192000,CODECS="mp4a.40.2"',
        "sound.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=64000,AVERAGE-BANDWIDTH=64000,CODECS="mp4a.40.2"',
        "low.m3u8",
    ]
    silent = OfferedMedia(sent, [], [], "avc1.64001f")
    assert names_in(qualities.write_master(silent, has_low=True, is_past=False)) == ["index.m3u8"]
    alone = OfferedMedia(sound, sound, [], None)
    text = qualities.write_master(alone, has_low=True, is_past=True)
    assert names_in(text) == ["rewind.m3u8", "rewind-low.m3u8"]


async def test_every_file_of_every_quality_asks_for_the_audience(
    client, services, ingest, create, owner, other
):
    await make.follows(services, other, owner)
    stream = await create(audience="followers")
    writer = Writer(services.live.folder / await ingest.publish(stream["stream_key"]))
    writer.send(20)
    encode(writer.folder, writer.numbers[:18])
    await keep_windows(services)
    url = (await seen(client, stream["id"], other))["playback_url"]
    found = [url, urljoin(url, names_in((await client.get(url)).text)[0])]
    for name in ("low.m3u8", "sound.m3u8", "rewind-low.m3u8", "rewind-sound.m3u8"):
        playlist = await client.get(url.replace("master.m3u8", name))
        assert playlist.status_code == 200, name
        assert playlist.headers["cache-control"] == "private, no-store"
        found += [url.replace("master.m3u8", name), urljoin(url, names_in(playlist.text)[0])]
    assert [(await client.get(each)).status_code for each in found] == [200] * len(found)
    foreign = [each.partition("?")[0] for each in found]
    assert {(await client.get(each)).status_code for each in foreign} == {404}
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where followed_id = $1", owner.id)
    assert {(await client.get(each)).status_code for each in found} == {404}


async def test_what_is_hidden_or_over_has_no_quality_either(client, services, live, owner):
    writer = Writer(services.live.folder / live["id"])
    writer.send(20)
    encode(writer.folder, writer.numbers)
    path = f"live/streams/{live['id']}/hls"
    names = ("master.m3u8", "low.m3u8", f"low-{writer.numbers[0]}.aac", "sound.m3u8")
    assert {(await client.get(f"{path}/{each}")).status_code for each in names} == {200}
    await client.post(f"live/streams/{live['id']}/end", headers=owner.headers)
    assert "#EXT-X-ENDLIST" in (await client.get(f"{path}/low.m3u8")).text
    assert "#EXT-X-ENDLIST" not in (await client.get(f"{path}/master.m3u8")).text
    async with services.database.transaction() as tx:
        await tx.run("update streams set ended_at = ended_at - interval '2 minutes'")
    assert {(await client.get(f"{path}/{each}")).status_code for each in names} == {404}


async def test_a_stream_without_media_has_no_playlists(client, services, live):
    path = f"live/streams/{live['id']}/hls"
    names = ("master.m3u8", "low.m3u8", "sound.m3u8", "rewind-master.m3u8", "rewind-low.m3u8")
    assert {(await client.get(f"{path}/{each}")).status_code for each in names} == {404}
    folder = services.live.folder / live["id"]
    folder.mkdir(parents=True)
    (folder / "index.m3u8").write_text("#EXTM3U\n")
    assert {(await client.get(f"{path}/{each}")).status_code for each in names} == {404}


async def test_the_sound_alone_is_packed_audio(client, services, live):
    writer = Writer(services.live.folder / live["id"])
    writer.send(3)
    answer = await client.get(f"live/streams/{live['id']}/hls/sound-{writer.numbers[0]}.aac")
    assert answer.headers["content-type"] == "audio/aac"
    assert answer.content == stamp_ticks(b"", 0)


def test_the_low_quality_counts_for_the_bound_and_goes_with_its_segment(tmp_path: Path):
    folders = tmp_path / "hls", tmp_path / "rewind"
    writer = Writer(folders[0] / "one")
    writer.send(60)
    encode(writer.folder, writer.numbers, size=812)
    keep(*folders, {"one"}, RewindBounds(1800, 1_000_000))
    kept = folders[1] / "one"
    assert len(list(kept.glob("low-*.aac"))) == 60
    # As linked files: nothing is stored twice.
    assert (kept / f"low-{writer.numbers[0]}.aac").stat().st_nlink == 2
    keep(*folders, {"one"}, RewindBounds(1800, 30_000))
    left = {path.stem for path in kept.glob("*.ts")}
    assert len(left) == 30
    assert {path.stem.removeprefix("low-") for path in kept.glob("low-*")} == left
    text = (kept / "rewind-low.m3u8").read_text()
    assert len(names_in(text)) == len(names_in((kept / "rewind.m3u8").read_text())) == 30
    keep(*folders, set(), RewindBounds(0, 0))
    assert list(folders[1].iterdir()) == []


def test_what_no_playlist_names_is_deleted_after_some_time(tmp_path: Path):
    writer = Writer(tmp_path / "one")
    writer.send(5)
    gone = [writer.numbers[0] - 1000, writer.numbers[0] - 2000]
    encode(writer.folder, [*gone, *writer.numbers])
    os.utime(writer.folder / f"low-{gone[0]}.aac", (1000, 1000))
    ended = tmp_path / "ended"
    ended.mkdir()
    encode(ended, [7])
    os.utime(ended / "low-7.aac", (1000, 1000))
    sweep(tmp_path, 2000)
    left = {path.name for path in tmp_path.rglob("low-*")}
    assert left == {f"low-{number}.aac" for number in (gone[1], *writer.numbers)}
