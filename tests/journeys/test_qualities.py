"""Streams in several qualities, on real processes: as sent, the sound alone, and a low bit rate."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import sounds
from tests.encoders import AS_H264, needs_nginx
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.pages import Pages
from tests.journeys.served import Server, calling, free_port, kill_if_there, named_in, served, until
from tests.journeys.ways_in_steps import Streamer, find_pitch, kinds_in, running, streaming_as
from tests.journeys.web_pages import wait_for

pytestmark = [pytest.mark.long, needs_nginx]

TONE = ("-re", "-f", "lavfi", "-i", "sine=1000:sample_rate=44100")
NOISE = ("-re", "-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=44100:amplitude=0.05")
MIXED = ("-filter_complex", "[0:a][1:a]amix=inputs=2[a]", "-map", "[a]")
PICTURES = ("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15")
AS_AAC = ("-c:a", "aac", "-b:a", "192k", "-ac", "2")
# Chooses a quality of those that a player of hls.js has found, and says which one is played.
PLAYER = """<!doctype html>
<title>A player</title>
<video id="video" muted></video>
<script src="/hls.min.js"></script>
<script>
  const failures = [], played = [], video = document.getElementById("video");
  const hls = new Hls({ startLevel: 0 });
  hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) failures.push(error.details); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
  hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => played.push(frag.relurl));
  hls.loadSource("URL");
  hls.attachMedia(video);
</script>
"""
SHOWN = "document.querySelector('.stage video')"
CHOOSE = """(() => {
  const menu = document.querySelector('.quality');
  menu.value = 'NAME';
  performance.clearResourceTimings();
  menu.dispatchEvent(new Event('change', { bubbles: true }));
})()"""
LOADED = "performance.getEntriesByType('resource').some(({ name }) => /FILE/.test(name))"
# What is loaded of each quality, and how wide its pictures are.
CHOICES = {
    "low": (r"low-\d+\.aac", 0),
    "sound": (r"sound-\d+\.aac", 0),
    "sent": (r"hls.\d+\.ts", 320),
    "auto": (r"hls.\d+\.ts", 320),
}
HEARD = "window.video ? [...Array(video.played.length).keys()].reduce((s, i) => s + \
video.played.end(i) - video.played.start(i), 0) : 0"


@pytest.fixture(scope="module")
def server(pages: Pages) -> Iterator[Server]:
    settings = {
        "VEZA_CORS_ORIGINS": pages.origin,
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LIVE_LADDERS": "2",
    }
    with served("--workers", "1", "--with-live", **settings) as running_server:
        yield running_server


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs a browser: {CHROMIUM} is not there")
    with browsing() as opened:
        yield opened


def sending(streamer: Streamer, *, has_pictures: bool, seconds: int = 90):
    """Return an encoder that sends a tone in noise with 192 kbit/s, and pictures or none."""
    url = f"{streamer.access['rtmp_url']}/{streamer.key}"
    pictures = (*AS_H264, "-pix_fmt", "yuv420p", "-map", "2:v") if has_pictures else ()
    inputs = (*TONE, *NOISE, *(PICTURES if has_pictures else ()))
    return running(*inputs, *MIXED, *AS_AAC, *pictures, "-t", str(seconds), "-f", "flv", url)


def get(streamer: Streamer, name: str) -> httpx.Response:
    with calling(streamer.server) as anybody:
        return anybody.get(f"live/streams/{streamer.stream_id}/hls/{name}")


def names_in(streamer: Streamer, name: str) -> list[str]:
    answer = get(streamer, name)
    return [found for found, _ in named_in(answer.text)] if answer.is_success else []


def variants_of(streamer: Streamer) -> dict[str, tuple[int, str]]:
    """Return the bandwidth and the codecs of each playlist of the master."""
    found = re.findall(r'BANDWIDTH=(\d+),.*CODECS="(.*)"\n(.*)', get(streamer, "master.m3u8").text)
    return {name: (int(rate), codecs) for rate, codecs, name in found}


def has_low(streamer: Streamer, count: int = 3) -> bool:
    low = [each for each in names_in(streamer, "low.m3u8") if each.startswith("low-")]
    return len(low) >= count


def fetch(streamer: Streamer, names: list[str], target: Path) -> Path:
    """Fetch a playlist with all its segments, as a player that goes through it."""
    folder = target / "fetched"
    folder.mkdir()
    for name in names:
        answer = get(streamer, name)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "audio/aac"
        (folder / name).write_bytes(answer.content)
    lines = [f"#EXTINF:1,\n{name}" for name in names]
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2"
    playlist = folder / "all.m3u8"
    playlist.write_text("\n".join([head, *lines, "#EXT-X-ENDLIST", ""]))
    return playlist


def ladders_of(server: Server) -> list[int]:
    return server.processes_named("mpegts_copyts")


def test_sound_is_offered_as_sent_and_low(server: Server, tmp_path: Path) -> None:
    with streaming_as(server, "radio") as radio, sending(radio, has_pictures=False):
        until(lambda: has_low(radio, 5), 60)
        variants = variants_of(radio)
        assert list(variants) == ["index.m3u8", "low.m3u8"]
        assert {codecs for _, codecs in variants.values()} == {"mp4a.40.2"}
        assert variants["index.m3u8"][0] > 180_000
        assert 50_000 < variants["low.m3u8"][0] < 90_000
        # The same segments, of which the last ones may not be encoded yet.
        sent = [each.removesuffix(".ts") for each in names_in(radio, "index.m3u8")]
        low = names_in(radio, "low.m3u8")
        numbers = [re.sub(r"\D", "", each) for each in low]
        assert numbers == sent[: len(numbers)] or sent == numbers[: len(sent)]
        assert len(sent) - len(numbers) <= 4
        encoded = [each for each in low if each.startswith("low-")]
        whole = fetch(radio, encoded, tmp_path)
        assert kinds_in(whole) == ["Audio"]
        heard = sounds.read(whole)
        seconds = dict(named_in(get(radio, "index.m3u8").text))
        length = sum(seconds[f"{re.sub(r'[^0-9]', '', each)}.ts"] for each in encoded)
        assert len(heard) / sounds.RATE == pytest.approx(length, abs=0.3)
        assert find_pitch(heard) == pytest.approx(1000, abs=2)


def test_pictures_are_offered_with_their_sound_alone(server: Server, tmp_path: Path) -> None:
    with streaming_as(server, "film") as film, sending(film, has_pictures=True):
        until(lambda: has_low(film), 60)
        variants = variants_of(film)
        assert list(variants) == ["index.m3u8", "sound.m3u8", "low.m3u8"]
        assert re.fullmatch(r"avc1\.[0-9a-f]{6},mp4a\.40\.2", variants["index.m3u8"][1])
        rates = [rate for rate, _ in variants.values()]
        assert rates == sorted(rates, reverse=True)
        names = names_in(film, "sound.m3u8")
        whole = fetch(film, names, tmp_path)
        assert kinds_in(whole) == ["Audio"]
        assert find_pitch(sounds.read(whole)) == pytest.approx(1000, abs=2)


def test_a_browser_changes_between_the_qualities_without_a_gap(
    server: Server, tab: Tab, pages: Pages
) -> None:
    with streaming_as(server, "decks") as decks, sending(decks, has_pictures=False):
        until(lambda: has_low(decks, 4), 60)
        tab.open(pages.show("/qualities", PLAYER.replace("URL", decks.shown["playback_url"])))

        def state() -> str:
            return f"{tab.ask('[video.currentTime, failures, played]')} {tab.complaints}"

        until(lambda: tab.ask(HEARD) > 2, 60, state)
        bitrates = tab.ask("hls.levels.map(each => each.bitrate)")
        assert len(bitrates) == 2
        assert min(bitrates) < 90_000 < max(bitrates)
        for level, prefix in ((0, "low-"), (1, ""), (0, "low-")):
            at = tab.ask("(hls.nextLevel = LEVEL, played.length)".replace("LEVEL", str(level)))
            is_new = f"played.slice({at}).some(each => /^{prefix}[0-9]/.test(each))"
            until(lambda is_new=is_new: tab.ask(is_new), 30, state)
            heard = tab.ask(HEARD)
            until(lambda heard=heard: tab.ask(HEARD) > heard + 3, 30, state)
        assert tab.ask("failures") == []
        # What was played is one piece: no border was jumped over.
        assert tab.ask("video.played.length") == 1


def test_viewers_choose_a_quality_in_the_web(server: Server, tab: Tab) -> None:
    with streaming_as(server, "menu") as menu, sending(menu, has_pictures=True):
        until(lambda: has_low(menu), 60)
        tab.open(f"{server.url}/live/{menu.stream_id}")
        wait_for(tab, "!!document.querySelector('.stage .start')")
        tab.ask("document.querySelector('.stage .start').click()")
        wait_for(tab, f"!!document.querySelector('.quality') && {SHOWN}.videoWidth === 320")
        for name, (file, width) in CHOICES.items():
            tab.ask(CHOOSE.replace("NAME", name))
            wait_for(tab, LOADED.replace("FILE", file))
            wait_for(tab, f"{SHOWN}.readyState >= 3 && {SHOWN}.videoWidth === {width}")
        for size in (1440, 768, 390):
            tab.resize(size)
            assert tab.ask(
                "(c => c.scrollWidth <= c.clientWidth)(document.querySelector('.stage .controls'))"
            )
            ensure_accessible(tab, f"the qualities of a stream at {size}")


def test_a_killed_ffmpeg_is_replaced_and_nobody_waits(server: Server) -> None:
    with streaming_as(server, "steady") as steady, sending(steady, has_pictures=False) as encoder:
        until(lambda: has_low(steady), 60)
        until(lambda: len(ladders_of(server)) == 1, 20)
        [ladder] = ladders_of(server)
        before = names_in(steady, "low.m3u8")
        kill_if_there(ladder)
        until(lambda: ladders_of(server) not in ([], [ladder]), 60)
        until(lambda: names_in(steady, "low.m3u8")[-1] not in before, 20)
        until(lambda: names_in(steady, "low.m3u8")[-1].startswith("low-"), 30)
        after = names_in(steady, "low.m3u8")
        # What was not encoded is there as it was sent, under a name that stays.
        assert [each for each in before if each not in after] == []
        assert any(each.startswith("sound-") for each in after[len(before) :])
        assert all(get(steady, each).status_code == 200 for each in after)
        assert steady.is_live
        assert not encoder.has_ended


def test_the_stream_goes_on_without_a_worker(server: Server) -> None:
    with streaming_as(server, "alone") as alone, sending(alone, has_pictures=True) as encoder:
        until(lambda: has_low(alone), 60)
        [worker] = server.processes_named("veza worker")
        sent = names_in(alone, "index.m3u8")
        kill_if_there(worker)
        until(lambda: len(set(names_in(alone, "index.m3u8")) - set(sent)) > 3, 30)
        until(lambda: server.processes_named("veza worker") not in ([], [worker]), 60)
        made = names_in(alone, "low.m3u8")
        until(lambda: [n for n in names_in(alone, "low.m3u8")[len(made) :] if "low" in n], 60)
        until(lambda: len(ladders_of(server)) == 1, 20)
        assert not encoder.has_ended


def test_an_encoder_that_is_killed_comes_back_to_both_qualities(server: Server) -> None:
    with streaming_as(server, "again") as again:
        with sending(again, has_pictures=False) as encoder:
            until(lambda: has_low(again), 60)
            encoder.kill()
            until(lambda: not again.is_live, 30)
        # The last segment has been encoded, too, and no process waits for more.
        until(lambda: ladders_of(server) == [], 20)
        assert len(names_in(again, "low.m3u8")) == len(again.segments)
        before = names_in(again, "low.m3u8")
        with sending(again, has_pictures=False):
            until(lambda: len(names_in(again, "low.m3u8")) > len(before) + 3, 60)
            sent, low = (get(again, f"{name}.m3u8").text for name in ("index", "low"))
            assert low.count("#EXT-X-DISCONTINUITY") == sent.count("#EXT-X-DISCONTINUITY")
            assert names_in(again, "low.m3u8")[: len(before)] == before
            last = names_in(again, "low.m3u8")[len(before) :]
            assert any(each.startswith("low-") for each in last)


def test_more_streams_than_are_encoded_are_offered_as_they_are_sent(server: Server) -> None:
    with (
        streaming_as(server, "first") as first,
        streaming_as(server, "second") as second,
        streaming_as(server, "third") as third,
        sending(first, has_pictures=False),
        sending(second, has_pictures=False),
    ):
        until(lambda: has_low(first) and has_low(second), 60)
        with sending(third, has_pictures=True):
            until(lambda: len(third.segments) > 9, 60)
            assert list(variants_of(third)) == ["index.m3u8", "sound.m3u8"]
            until(lambda: len(ladders_of(server)) == 2, 20)
            # Who has the address of the low quality hears what is sent.
            low = names_in(third, "low.m3u8")
            assert low
            assert all(each.startswith("sound-") for each in low)
            ended = first.client.post(f"live/streams/{first.stream_id}/end")
            assert ended.status_code == 200
            # Its place is free.
            until(lambda: has_low(third, 1), 60)
            assert "low.m3u8" in variants_of(third)


def test_the_low_quality_is_kept_for_who_goes_back(server: Server) -> None:
    with streaming_as(server, "past") as past, sending(past, has_pictures=True):
        until(lambda: len(names_in(past, "rewind-low.m3u8")) > 6, 60)
        master = get(past, "rewind-master.m3u8").text
        found = [line for line in master.splitlines() if not line.startswith("#")]
        assert found == ["rewind.m3u8", "rewind-sound.m3u8", "rewind-low.m3u8"]
        names = names_in(past, "rewind-low.m3u8")
        assert names[-1].startswith("low-")
        assert all(get(past, each).status_code == 200 for each in names)
        kept = past.server.data_dir / "live/rewind" / past.stream_id
        assert {path.name for path in kept.glob("low-*")} >= {n for n in names if "low" in n}
