"""Radios hear a station as one stream: its sound, its titles, its borders, and its end."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from tests import sounds
from tests.http.apps import assemble
from tests.infra.waiting import until
from tests.raw import hearing
from tests.server.running import answer_lifespan, read_to_end, run_server
from veza.core.errors import Unavailable
from veza.core.ids import StationId, TrackId, new_id
from veza.domains.stations.errors import StationNotFound
from veza.domains.stations.rules import icy
from veza.domains.stations.rules.pieces import cut_segment, write_silence
from veza.domains.stations.rules.playlists import ListedSegment
from veza.domains.stations.service import broadcasts
from veza.domains.stations.service.broadcasts import (
    SoundPiece,
    StationBroadcast,
    StationBroadcasts,
    StationListener,
)
from veza.domains.stations.service.clock import Window
from veza.http.responses.endless import EndlessResponse
from veza.infra.media.adts import list_frames, measure_us

SECOND = 1_000_000
TONES = (441, 735)
AUDIBLE = 0.15


@pytest.fixture(scope="module")
def tones(tmp_path_factory) -> Sequence[Path]:
    """Six seconds of two tones, as tracks are stored."""
    folders = []
    for hz in TONES:
        folder = tmp_path_factory.mktemp(f"tone{hz}")
        source = sounds.write(folder / "tone.wav", sounds.sine(6, hz=hz))
        (folder / "hls").mkdir()
        sounds.run_ffmpeg(
            *("-i", str(source), "-c:a", "aac", "-b:a", "128k", "-f", "hls", "-hls_time", "6"),
            *("-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
            *("-hls_segment_filename", str(folder / "hls/s%03d.m4s")),
            str(folder / "hls/index.m3u8"),
            path=folder,
        )
        folders.append(folder / "hls")
    return folders


@pytest.fixture
async def two_tones(services, add_track, tones) -> list[TrackId]:
    """Two tracks whose sound is stored."""
    ids = []
    for folder, title in zip(tones, ("Low", "High"), strict=True):
        track_id = await add_track(title, artist_name="Ada")
        for variant in ("128k", "256k"):
            for path in folder.iterdir():
                key = f"tracks/{track_id}/hls/{variant}/{path.name}"
                await services.storage.put_stream(key, _in_one_piece(path.read_bytes()))
        ids.append(track_id)
    return ids


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


@asynccontextmanager
async def serving(services):
    """Run the application as radios reach it."""
    app, wrapped = assemble(services)

    async def serve(scope, receive, send):
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
        else:
            await wrapped(scope, receive, send)

    async with run_server(serve) as running:
        running.broadcasts = app.state.services.get(StationBroadcasts)
        running.writers = []
        yield running
    hang_up(running)


def hang_up(radio):
    """Close all connections."""
    while radio.writers:
        radio.writers.pop().close()


@pytest.fixture
async def radio(services):
    async with serving(services) as running:
        yield running


@pytest.fixture
def hurried(monkeypatch):
    """Shorten the interval in which broadcasts read their station."""
    monkeypatch.setattr(broadcasts, "_TURN_S", 0.02)
    monkeypatch.setattr(broadcasts, "_FRESH_S", 0.0)


async def tune_in(radio, station, *, version="1.1", titles=False, method="GET"):
    """Ask for a stream; return its status, its headers, and what reads it."""
    lines = [f"{method} /feeds/stations/{station['id']}.aac HTTP/{version}", "host: veza.test"]
    lines += ["icy-metadata: 1"] if titles else []
    reader, writer = await radio.open("\r\n".join([*lines, "", ""]).encode())
    radio.writers.append(writer)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *fields = head.strip().split("\r\n")
    headers = dict(each.split(": ", 1) for each in fields)
    return int(status.split()[1]), headers, reader, writer


async def read_seconds(reader, seconds: float, metaint: int = 0) -> tuple[bytes, list[str]]:
    """Read until there is so much sound; return it, and the titles in it."""
    sound, titles = b"", []
    while measure_us(sound) < seconds * SECOND:
        async with asyncio.timeout(28):
            if not metaint:
                sound += await reader.readexactly(2000)
                continue
            sound += await reader.readexactly(metaint)
            length = 16 * (await reader.readexactly(1))[0]
            block = (await reader.readexactly(length)).rstrip(b"\0").decode()
            titles += re.findall("StreamTitle='(.*)';", block)
    # What is left of the last frame makes a decoder complain.
    whole = list(list_frames(sound))[-1]
    return sound[: whole.start + whole.size], titles


def list_heard(samples: np.ndarray) -> list[tuple[float, float]]:
    """Return the pieces that are heard, from and to which second."""
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
    last = np.flatnonzero(np.diff(loud) > sounds.RATE / 200)
    starts, ends = [loud[0], *loud[last + 1]], [*loud[last], loud[-1]]
    return [(a / sounds.RATE, b / sounds.RATE) for a, b in zip(starts, ends, strict=True)]


@pytest.mark.usefixtures("hurried", "later")
async def test_a_radio_hears_both_tracks_with_their_titles_and_no_gap(
    radio, create, two_tones, tmp_path
):
    station = await create(two_tones, title="Nachtfähre")
    status, headers, reader, _ = await tune_in(radio, station, titles=True)
    assert (status, headers["content-type"]) == (200, "audio/aac")
    assert headers["icy-name"].encode("latin-1").decode() == "Nachtfähre"
    assert "transfer-encoding" not in headers
    assert headers["connection"] == "close"
    sound, titles = await read_seconds(reader, 7.4, int(headers["icy-metaint"]))
    assert sorted(titles) == ["Ada - High", "Ada - Low"]
    path = tmp_path / "heard.aac"
    path.write_bytes(sound)
    samples = sounds.read(path)[:, 0]
    # What the decoder makes of the first frame, without the one before it, is short.
    heard = [(start, end) for start, end in list_heard(samples) if end - start > 0.1]
    assert len(heard) == 2
    [gap] = [start - end for (_, end), (start, _) in pairwise(heard)]
    assert 0 < gap < 0.05
    found = []
    for start, end in heard:
        part = samples[round(start * sounds.RATE) : round(end * sounds.RATE)]
        spectrum = np.abs(np.fft.rfft(part))
        found.append(np.fft.rfftfreq(len(part), 1 / sounds.RATE)[np.argmax(spectrum)])
    # The first of the titles is that of the first tone.
    wanted = TONES if titles[0] == "Ada - Low" else TONES[::-1]
    assert found == pytest.approx(wanted, abs=3)
    hang_up(radio)
    await until(lambda: not radio.broadcasts._running)


async def test_all_nodes_send_the_same_sound(services, radio, create, two_tones, later):
    station = await create(two_tones)
    async with serving(services) as other:
        heard = []
        for node in (radio, other):
            _, _, reader, _ = await tune_in(node, station)
            sound, _ = await read_seconds(reader, 7)
            heard.append([sound[each.start :][: each.size] for each in list_frames(sound)])
            # The other one begins later, and no time passes while they send.
            later(seconds=1.3)
        first, second = heard
        begun = -(-1.3 * 44_100 // 1024)
        common = first[int(begun) :]
        assert measure_us(b"".join(common)) > 5 * SECOND
        assert second[: len(common)] == common


@pytest.mark.usefixtures("hurried")
async def test_old_radios_get_bare_frames_and_a_head_alone_costs_nothing(radio, create, two_tones):
    station = await create(two_tones)
    status, headers, reader, _ = await tune_in(radio, station, version="1.0")
    assert status == 200
    assert not {"transfer-encoding", "content-length", "icy-metaint"} & headers.keys()
    sound, _ = await read_seconds(reader, 1)
    assert next(list_frames(sound)).start == 0
    hang_up(radio)
    await until(lambda: not radio.broadcasts._running)
    status, headers, _, _ = await tune_in(radio, station, method="HEAD")
    assert (status, headers["content-type"]) == (200, "audio/aac")
    assert not radio.broadcasts._running


@pytest.mark.parametrize("reason", ["off air", "taken down", "suspended", "deleted"])
@pytest.mark.usefixtures("hurried")
async def test_a_station_that_may_not_be_heard_ends(
    radio, client, services, create, two_tones, owner, moderator, reason
):
    station = await create(two_tones)
    status, _, reader, _ = await tune_in(radio, station)
    assert status == 200
    await read_seconds(reader, 1)
    path = f"stations/{station['id']}"
    if reason == "off air":
        change = {"is_on_air": False}
        answer = await client.put(path, headers=owner.headers, json=change)
    elif reason == "deleted":
        answer = await client.delete(path, headers=owner.headers)
    elif reason == "taken down":
        form = {"content_type": "station", "content_id": station["id"]}
        form |= {"category": "spam", "reason": "Ads."}
        answer = await client.post("admin/takedowns", headers=moderator.headers, json=form)
    else:
        async with services.database.transaction() as tx:
            sql = "update users set suspended_at = now(), suspension_reason = 'x' where id = $1"
            await tx.run(sql, owner.id)
        answer = None
    assert answer is None or answer.is_success, answer.text
    rest = await read_to_end(reader)
    assert measure_us(rest) < 10 * SECOND
    assert (await tune_in(radio, station))[0] == 404
    assert not radio.broadcasts._networks


def test_it_looks_after_its_station_so_often_that_it_ends_within_two_seconds():
    assert broadcasts._TURN_S + broadcasts._FRESH_S <= 2


async def test_listeners_share_what_is_read_and_are_bounded(
    radio, services, create, two_tones, monkeypatch
):
    monkeypatch.setattr(broadcasts, "MAX_OF_NETWORK", 3)
    monkeypatch.setattr(broadcasts, "_FRESH_S", 3600.0)
    station = await create(two_tones)
    async with hearing(services, "station_marks") as statements:
        for _ in range(3):
            status, _, reader, _ = await tune_in(radio, station)
            assert status == 200
            await read_seconds(reader, 5)
    assert len(statements) == 1
    status, headers, reader, _ = await tune_in(radio, station)
    assert (status, headers["retry-after"]) == (503, "60")
    assert b"too_many_listeners" in await reader.readexactly(int(headers["content-length"]))
    radio.writers[0].close()
    await until(lambda: radio.broadcasts._networks.total() == 2)
    assert (await tune_in(radio, station))[0] == 200
    monkeypatch.setattr(broadcasts, "MAX_OF_NETWORK", 9)
    monkeypatch.setattr(broadcasts, "MAX_OF_STATION", 3)
    assert (await tune_in(radio, station))[0] == 503


async def test_what_is_not_there_is_refused(radio, client, create, add_track, services, owner):
    hidden = await create([await add_track("Tide")], is_on_air=False)
    assert (await tune_in(radio, hidden))[0] == 404
    assert (await tune_in(radio, {"id": "nothing"}))[0] == 404
    silent = await create([])
    assert (await tune_in(radio, silent))[0] == 409


async def test_what_is_missing_is_silence(radio, create, add_track, tmp_path):
    # Its playlist is stored, and its segments are not.
    station = await create([await add_track("Tide")])
    _, _, reader, _ = await tune_in(radio, station)
    sound, _ = await read_seconds(reader, 5)
    path = tmp_path / "silence.aac"
    path.write_bytes(sound)
    samples = sounds.read(path)
    assert len(samples) / sounds.RATE >= 5
    assert not samples.any()


async def test_titles_of_jingles_and_unlisted_tracks_are_not_told(
    radio, create, two_tones, services
):
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'unlisted' where id = any($1)", two_tones)
    station = await create(two_tones)
    _, headers, reader, _ = await tune_in(radio, station, titles=True)
    _, titles = await read_seconds(reader, 7.4, int(headers["icy-metaint"]))
    assert titles == ["Night ferry"]


async def test_a_listener_who_reads_too_slowly_is_left_behind():
    listener = StationListener([])
    # A track may begin within each second: what counts is the time.
    for number in range(1, 49):
        listener.offer(SoundPiece("", b"sound", number * SECOND // 2))
    assert not listener.has_ended.is_set()
    listener.offer(SoundPiece("", b"sound", 49 * SECOND // 2))
    assert listener.has_ended.is_set()
    assert len(await listener.take()) == 48
    left = []

    class Source:
        async def read(self):
            return b"sound"

        async def wait_until_over(self):
            await listener.has_ended.wait()

        def leave(self):
            left.append(True)

    sent = []

    async def send(message):
        if message.get("body"):
            # The client takes nothing.
            await asyncio.Event().wait()
        sent.append(message)

    response = EndlessResponse(Source(), headers={}, media_type="audio/aac")
    answer = response.to_asgi_response(None, None)
    await answer({"type": "http"}, asyncio.Event().wait, send)
    assert left == [True]
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]


class Station:
    """A station whose second is a turn, and which may be unavailable for some of them."""

    def __init__(self, monkeypatch, outages: Sequence[bool]) -> None:
        self.outages = list(outages)
        self.time = 1000 * SECOND
        self.title = "Night ferry"
        monkeypatch.setattr(broadcasts, "present", lambda: self.time)
        monkeypatch.setattr(broadcasts, "get_window", self.get_window)
        monkeypatch.setattr(broadcasts, "_TURN_S", 0.0)
        self.broadcast = StationBroadcast(None, None, None, StationId(new_id()))
        self.listener = self.broadcast.join()

    async def get_window(self, *_: object) -> Window:
        if not self.outages:
            # All has been heard.
            raise StationNotFound
        self.time += SECOND
        if self.outages.pop(0):
            raise Unavailable
        return Window(0.0, {}, {}, station_title=self.title)


async def test_radios_hear_silence_while_a_station_cannot_be_asked_for(monkeypatch):
    station = Station(monkeypatch, [False] * 3 + [True] * 10 + [False] * 3)
    began_at = station.time
    await station.broadcast.run()
    pieces = await station.listener.take()
    # What was sent ahead is used up first, and nothing is missing between.
    assert [each.ends_at for each in pieces] == list(
        range(began_at + SECOND, station.time + broadcasts.LEAD + 1, SECOND)
    )


async def test_it_is_not_tried_forever(monkeypatch):
    station = Station(monkeypatch, [False] + [True] * 60)
    began_at = station.time
    await station.broadcast.run()
    assert station.listener.has_ended.is_set()
    assert station.time - began_at == broadcasts._PATIENCE + 2 * SECOND


async def test_another_title_of_a_station_is_told(monkeypatch):
    station = Station(monkeypatch, [])
    told = []
    for title in ("Night ferry", "Day ferry"):
        station.outages, station.title = [False], title
        with suppress(StationNotFound):
            while True:
                await station.broadcast._take_turn()
        told.append([each.title for each in await station.listener.take()])
    assert told == [["Night ferry"] * 9, ["Day ferry"]]


async def test_who_comes_when_a_stream_was_lost_gets_silence_at_once(monkeypatch):
    station = Station(monkeypatch, [False])
    with suppress(StationNotFound):
        await station.broadcast.run()
    heard = await station.listener.take()
    # All that was sent ahead was of a stream, whose audience is another one by now.
    lost = ListedSegment(7, 1, TrackId(new_id()), 0, 0, 6 * SECOND, takeover_id=new_id())
    broadcast = station.broadcast
    broadcast._recent = deque(structs.replace(each, segment=lost) for each in heard)
    station.outages = [False]
    await broadcast._take_turn()
    pieces = await broadcast.join().take()
    until = station.time + broadcasts.LEAD
    assert [each.ends_at for each in pieces] == list(
        range(station.time + SECOND, until + 1, SECOND)
    )
    assert {each.segment for each in pieces} == {None}
    # Who heard all of it goes on with what is new.
    assert [each.ends_at for each in await station.listener.take()] == [until]


async def test_a_server_that_stops_waits_for_no_radio(services, create, two_tones, caplog):
    station = await create(two_tones)
    async with serving(services) as radio:
        _, _, reader, _ = await tune_in(radio, station)
        await read_seconds(reader, 1)
    assert measure_us(await read_to_end(reader)) < 10 * SECOND
    assert "timeout graceful shutdown" not in caplog.text


def test_titles_are_told_once_after_as_many_bytes():
    titled = icy.TitledSound()
    sound = bytes(range(256)) * 250
    heard = b"".join(
        titled.write(sound[at : at + 777], "One" if at < 40_000 else "Two'; and")
        for at in range(0, len(sound), 777)
    )
    plain, told, at = b"", [], 0
    while at + icy.METAINT < len(heard):
        plain += heard[at : at + icy.METAINT]
        at += icy.METAINT
        length = 16 * heard[at]
        told.append(heard[at + 1 : at + 1 + length].rstrip(b"\0").decode())
        at += 1 + length
    assert plain + heard[at:] == sound
    assert told == ["StreamTitle='One';", "", "StreamTitle='Two' ; and';", ""][: len(told)]
    assert len(icy.write_block("ß" * 9999)) <= 1 + 255 * 16
    assert icy.write_line("a\r\nicy-x: b\0\x7f  c") == "a icy-x: b c"


def test_pieces_join_without_a_frame_too_much():
    segment = ListedSegment(7, 1, TrackId(new_id()), 0, 5 * SECOND, 6_013_968)
    frames = [bytes((number % 256,)) for number in range(259)]
    cuts = [0, *range(4_700_001, 12 * SECOND, 333_333), 12 * SECOND]
    pieces = [cut_segment(segment, frames, a, b) for a, b in pairwise(cuts)]
    assert b"".join(pieces) == b"".join(frames)
    silence = b"".join(write_silence(a, b) for a, b in pairwise(cuts))
    assert measure_us(silence) == pytest.approx(12 * SECOND, abs=25_000)


@pytest.mark.usefixtures("hurried")
async def test_a_radio_hears_a_stream_that_has_taken_over(radio, create, two_tones, air, tmp_path):
    station = await create(two_tones, plays_live=True)
    await air.run(50)
    _, headers, reader, _ = await tune_in(radio, station, titles=True)
    heard, titles = await read_seconds(reader, 7.4, int(headers["icy-metaint"]))
    assert titles == ["Dusk till dub"]
    path = tmp_path / "heard.aac"
    path.write_bytes(heard)
    samples = sounds.read(path, rate=48_000)[:, 0]
    assert len(list_heard(samples / np.median(np.abs(samples)))) == 1
    loudest = np.argmax(np.abs(np.fft.rfft(samples)))
    assert np.fft.rfftfreq(len(samples), 1 / 48_000)[loudest] == pytest.approx(1000, abs=1)
    # Also what was sent ahead is for nobody any more.
    await air.set(audience="members")
    [(broadcast, _)] = radio.broadcasts._running.values()
    await until(lambda: not any(each.title in titles for each in broadcast._recent))
    # While nobody listens, so that no broadcast is in the middle of a turn, time goes on.
    hang_up(radio)
    await until(lambda: not radio.broadcasts._running)
    await air.run(30)
    _, headers, reader, _ = await tune_in(radio, station, titles=True)
    heard, titles = await read_seconds(reader, 5, int(headers["icy-metaint"]))
    assert titles
    assert not {"Dusk till dub", "Night ferry"} & set(titles)
