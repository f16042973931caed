"""Songs in other formats: what is stored is sent as it is, the rest is made and kept."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from msgspec import structs

from tests import make, sounds
from tests.application import wrapped
from tests.domains.subsonic.players import Json, Player, ensure_fits
from tests.support.waiting import until
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.music.tracks.models.forms import TrackForm
from veza.http.services import ServiceRegistry
from veza.infra.media.transcoded_files import SOUND, TranscodedFiles
from veza.infra.media.transcoder import Transcoder, TranscoderTools

_SECONDS = 12
_FFPROBE = Path("/usr/bin/ffprobe")


@pytest.fixture(scope="module")
async def artist(services: Services) -> make.Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture(scope="module")
async def track_id(
    services: Services, artist: make.Person, tmp_path_factory: pytest.TempPathFactory
) -> TrackId:
    path = tmp_path_factory.mktemp("media") / "tape.flac"
    source = sounds.write(path, sounds.noise(_SECONDS, rate=48_000), rate=48_000)
    return await make.track(services, artist, TrackForm(title="Night Ferry"), source)


@pytest.fixture
async def owners(player: Player, services: Services, artist: make.Person) -> Player:
    """A player of the artist, who may have the original."""
    return Player(player.http, artist, await make.app_password(services, artist))


@pytest.fixture
def folder(settings: Settings) -> Path:
    """The empty folder of transcoded files."""
    folder = settings.data_dir / "transcoded"
    for path in folder.iterdir():
        path.unlink()
    return folder


def _probe(path: Path) -> Json:
    fields = "stream=codec_name,channels,sample_rate:format=format_name,duration,bit_rate"
    command = [str(_FFPROBE), "-v", "error", "-show_entries", fields, "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {**found["format"], **found["streams"][0]}


# The wish, and what comes: type, codec, kbit/s (None for lossless), seconds left out.
_WISHES: list[tuple[dict[str, Any], str, str, int | None, int]] = [
    ({"format": "mp3"}, "audio/mpeg", "mp3", 256, 0),
    ({"format": "mp3", "maxBitRate": 135}, "audio/mpeg", "mp3", 128, 0),
    ({"format": "mp3", "maxBitRate": 9, "timeOffset": 5}, "audio/mpeg", "mp3", 48, 5),
    ({"format": "opus", "maxBitRate": 96}, "audio/ogg; codecs=opus", "opus", 96, 0),
    ({"format": "flac"}, "audio/flac", "flac", None, 0),
    ({"format": "aac", "maxBitRate": 64}, "audio/aac", "aac", 64, 0),
    ({"format": "m4a", "maxBitRate": 96}, "audio/mp4", "aac", 96, 0),
    ({"maxBitRate": 128}, "audio/mp4", "aac", 128, 0),
    ({"maxBitRate": 200, "timeOffset": 5}, "audio/mp4", "aac", 128, 5),
    ({"timeOffset": 5}, "audio/mp4", "aac", 256, 5),
]


@pytest.mark.long
async def test_each_format_has_the_codec_the_length_and_the_bit_rate_that_were_asked_for(
    player: Player, track_id: TrackId, folder: Path, tmp_path: Path
) -> None:
    song = f"tr-{track_id}"
    for number, (wish, kind, codec, kbps, offset) in enumerate(_WISHES):
        answer = await player.send("stream", id=song, **wish)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), wish
        # A length is exact, or not there: this server would refuse to send another number of bytes.
        announced = answer.headers.get("content-length", "no")
        assert announced == ("no" if kind != "audio/mp4" else str(len(answer.content))), wish
        again = await player.send("stream", id=song, estimateContentLength="true", **wish)
        assert int(again.headers["content-length"]) == len(again.content), wish
        for name, body in (("first", answer.content), ("again", again.content)):
            made = tmp_path / f"{number}-{name}"
            made.write_bytes(body)
            if not _FFPROBE.exists():
                continue
            found = _probe(made)
            assert found["codec_name"] == codec, wish
            if codec != "flac" or name == "again":
                # A FLAC that grows doesn't say how long it gets, AAC without a container never.
                error = 0.5 if kind == "audio/aac" else 0.15
                seconds = float(found["duration"])
                assert seconds == pytest.approx(_SECONDS - offset, abs=error), wish
            if kbps is not None:
                assert len(body) * 8 / (_SECONDS - offset) == pytest.approx(1000 * kbps, rel=0.12)
    whole = [wish for wish in _WISHES if not wish[4]]
    assert len(list(folder.iterdir())) == len(whole), "what begins later is not kept"


@pytest.mark.long
async def test_ranges_and_tags_of_what_is_made_are_those_of_a_file(
    player: Player, track_id: TrackId, folder: Path
) -> None:
    given = player.credentials | {"id": f"tr-{track_id}", "format": "mp3", "maxBitRate": 64}
    head = await player.http.head("stream", params=given)
    assert (head.headers["content-type"], head.content) == ("audio/mpeg", b"")
    assert "content-length" not in head.headers
    assert not list(folder.iterdir())
    part = await player.http.get("stream", params=given, headers={"range": "bytes=1000-1999"})
    grown = await player.http.get("stream", params=given, headers={"range": "bytes=0-"})
    assert (part.status_code, grown.status_code) == (206, 206)
    assert part.content == grown.content[1000:2000]
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(grown.content)}"
    same = {"if-none-match": grown.headers["etag"]}
    assert (await player.http.get("stream", params=given, headers=same)).status_code == 304
    beyond = {"range": "bytes=99999999-"}
    assert (await player.http.get("stream", params=given, headers=beyond)).status_code == 416


async def test_stored_files_are_sent_as_they_are(
    player: Player, owners: Player, track_id: TrackId, folder: Path
) -> None:
    song = f"tr-{track_id}"
    raw = (await player.send("stream", id=song)).content
    original = (await owners.send("stream", id=song)).content
    for wish in ({"format": "raw", "maxBitRate": 64, "timeOffset": 3}, {"format": "m4a"}):
        assert (await player.send("stream", id=song, **wish)).content == raw
    for wish in ({"maxBitRate": 256}, {"maxBitRate": 320}, {"format": "aac"}):
        assert (await owners.send("stream", id=song, **wish)).content == raw
    for wish in ({"format": "raw", "maxBitRate": 64}, {"format": "flac"}, {"format": "flv"}):
        assert (await owners.send("stream", id=song, **wish)).content == original
    assert (await owners.send("download", id=song, format="mp3")).content == original
    assert not list(folder.iterdir())


async def test_what_an_owner_gets_is_not_given_to_others(
    player: Player, owners: Player, track_id: TrackId, services: Services, folder: Path
) -> None:
    """Conversions of the original and of the rendition are kept apart."""
    song = f"tr-{track_id}"
    wish = {"format": "mp3", "maxBitRate": 320, "estimateContentLength": "true"}
    own = (await owners.send("stream", id=song, **wish)).content
    assert (await player.send("stream", id=song, **wish)).content != own
    assert len(list(folder.iterdir())) == 2
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track_id)
        await make.keep_quiet(tx)
    try:
        assert await player.code("stream", id=song, **wish) == 70
        decided = await _decide(player, track_id, {"name": "t", "platform": "t"})
        assert decided["error"]["code"] == 70
        assert (await owners.send("stream", id=song, **wish)).content == own
    finally:
        async with services.database.transaction() as tx:
            await tx.run("update tracks set visibility = 'public' where id = $1", track_id)
            await make.keep_quiet(tx)


async def _decide(player: Player, track_id: TrackId, client: Json) -> Json:
    answer = await player.http.post(
        "getTranscodeDecision",
        params=player.credentials | {"mediaId": f"tr-{track_id}", "mediaType": "song", "f": "json"},
        json=client,
    )
    found = answer.json()["subsonic-response"]
    if found["status"] == "ok":
        ensure_fits("TranscodeDecision", found["transcodeDecision"])
    return found


async def test_a_decision_names_a_stream_that_the_player_accepts(
    player: Player, owners: Player, track_id: TrackId, tmp_path: Path
) -> None:
    flac = {"containers": ["flac"], "audioCodecs": ["flac"], "protocols": ["http"]}
    client: Json = {
        "name": "Play:1",
        "platform": "Sonos",
        "maxAudioBitrate": 512_000,
        "maxTranscodingAudioBitrate": 256_000,
        "directPlayProfiles": [
            {"containers": ["mp3"], "audioCodecs": ["mp3"], "protocols": [], "maxAudioChannels": 2},
            flac,
        ],
        "transcodingProfiles": [
            {"container": "flac", "audioCodec": "flac", "protocol": "hls"},
            {"container": "mp3", "audioCodec": "mp3", "protocol": "http", "maxAudioChannels": 2},
        ],
        "codecProfiles": [
            {
                "type": "AudioCodec",
                "name": "mp3",
                "limitations": [
                    {
                        "name": "audioBitrate",
                        "comparison": "LessThanEqual",
                        "values": ["130000"],
                        "required": True,
                    }
                ],
            }
        ],
    }
    # The original is too much for the player, the rendition has another format.
    for listener, reasons in (
        (owners, ["ContainerNotSupported", "AudioBitrateNotSupported"]),
        (player, ["ContainerNotSupported", "ContainerNotSupported"]),
    ):
        found = (await _decide(listener, track_id, client))["transcodeDecision"]
        assert (found["canDirectPlay"], found["canTranscode"]) == (False, True)
        assert found["transcodeReason"] == reasons
        stream = found["transcodeStream"]
        assert (stream["codec"], stream["audioBitrate"]) == ("mp3", 128_000)
        given = {"mediaId": f"tr-{track_id}", "mediaType": "song", "offset": 2}
        params = given | {"transcodeParams": found["transcodeParams"]}
        answer = await listener.send("getTranscodeStream", **params)
        assert answer.headers["content-type"] == "audio/mpeg"
        assert len(answer.content) * 8 / (_SECONDS - 2) == pytest.approx(128_000, rel=0.1)
    direct = client | {"maxAudioBitrate": 0}
    found = (await _decide(owners, track_id, direct))["transcodeDecision"]
    assert (found["canDirectPlay"], found["sourceStream"]["container"]) == (True, "flac")
    low = {"name": "audioSamplerate", "comparison": "LessThanEqual", "values": ["8000"]}
    limited = [{"type": "AudioCodec", "name": "flac", "limitations": [low | {"required": True}]}]
    found = await _decide(owners, track_id, direct | {"codecProfiles": limited})
    assert found["transcodeDecision"]["canDirectPlay"] is False
    assert "audioSamplerateNotSupported" in found["transcodeDecision"]["transcodeReason"]
    wrong = await owners.send("getTranscodeStream", **(given | {"transcodeParams": "exe-1"}))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")
    gone = given | {"transcodeParams": "mp3-128", "mediaId": f"tr-{player.owner.id}"}
    assert (await owners.send("getTranscodeStream", **gone)).status_code == 404
    nothing = client | {"transcodingProfiles": [], "directPlayProfiles": []}
    found = (await _decide(owners, track_id, nothing))["transcodeDecision"]
    assert (found["canDirectPlay"], found["canTranscode"]) == (False, False)
    assert found["errorReason"]
    assert (await _decide(owners, track_id, {"maxAudioBitrate": -1}))["error"]["code"] == 0


async def test_a_start_behind_the_end_and_a_wrong_one_are_refused(
    player: Player, track_id: TrackId
) -> None:
    song = f"tr-{track_id}"
    assert await player.code("stream", id=song, timeOffset=_SECONDS, format="mp3") == 0
    assert await player.code("stream", id=song, timeOffset="1.5", format="mp3") == 0


def _replace(app: Litestar, **changed: Any) -> Transcoder:
    """Replace the transcoder of the application; return the former one."""
    registry: ServiceRegistry = app.state.services
    before = registry.get(Transcoder)
    tools: TranscoderTools = before._tools  # pyright: ignore[reportPrivateUsage]
    return registry.replace(Transcoder, Transcoder(structs.replace(tools, **changed)))


async def test_without_ffmpeg_or_space_players_are_told_so_and_get_what_is_stored(
    app: Litestar, player: Player, track_id: TrackId, folder: Path
) -> None:
    song = f"tr-{track_id}"
    stored = (await player.send("stream", id=song)).content
    registry: ServiceRegistry = app.state.services
    tools: TranscoderTools = registry.get(Transcoder)._tools  # pyright: ignore[reportPrivateUsage]
    missing = structs.replace(tools.limits, ffmpeg=Path("/usr/bin/no-ffmpeg"))
    small = TranscodedFiles(folder, 10_000)
    for changed, text in (
        ({"limits": missing}, "raw"),
        ({"files": small}, "too long"),
        ({"disk": _FullDisk()}, "disk is full"),
    ):
        before = _replace(app, **changed)
        try:
            found = await player.envelope("stream", id=song, format="mp3")
            assert text in found["error"]["message"]
            assert (await player.send("stream", id=song)).content == stored
            assert not list(folder.iterdir())
        finally:
            registry.replace(Transcoder, before)
    before = _replace(app, at_once=0)
    try:
        listed = (await player.get("getOpenSubsonicExtensions"))["openSubsonicExtensions"]
        assert not {"transcoding", "transcodeOffset"} & {each["name"] for each in listed}
        assert (await player.send("stream", id=song, format="mp3")).content == stored
        assert (await player.send("stream", id=song, maxBitRate=64)).content == stored
    finally:
        registry.replace(Transcoder, before)


class _FullDisk:
    reserve_bytes = 1

    async def has_room(self, _: int) -> bool:
        return False


async def test_a_process_ends_when_its_last_listener_leaves(
    app: Litestar, settings: Settings, player: Player, track_id: TrackId, folder: Path
) -> None:
    """Two listeners share it; one of them reads nothing, which holds up nobody."""
    given = {"id": f"tr-{track_id}", "format": "flac"}
    request = player.http.build_request("GET", "stream", params=player.credentials | given)
    registry: ServiceRegistry = app.state.services
    tools: TranscoderTools = registry.get(Transcoder)._tools  # pyright: ignore[reportPrivateUsage]
    slow = folder.parent / "slow-ffmpeg"
    # Writes the beginning of a file, and goes on for ever.
    slow.write_text(f"#!/bin/sh\necho $$ > pid\nprintf 0123456789 > {SOUND}\nexec sleep 600\n")
    slow.chmod(0o700)
    before = _replace(app, limits=structs.replace(tools.limits, ffmpeg=slow))
    try:
        leaving = [asyncio.Event(), asyncio.Event()]
        bodies = [asyncio.Event(), asyncio.Event()]
        tasks = [
            asyncio.ensure_future(_listen(wrapped(app, settings), request, leave, began))
            for leave, began in zip(leaving, bodies, strict=True)
        ]
        await bodies[0].wait()
        await bodies[1].wait()
        (making,) = folder.iterdir()
        pid = int((making / "pid").read_text())
        leaving[0].set()
        await tasks[0]
        os.kill(pid, 0)
        leaving[1].set()
        await tasks[1]
        await until(lambda: not making.exists())
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    finally:
        registry.replace(Transcoder, before)
        slow.unlink()


async def test_a_member_who_asks_for_many_positions_waits_and_is_refused_the_rest(
    app: Litestar, player: Player, track_id: TrackId, folder: Path
) -> None:
    registry: ServiceRegistry = app.state.services
    tools: TranscoderTools = registry.get(Transcoder)._tools  # pyright: ignore[reportPrivateUsage]
    endless = folder.parent / "endless-ffmpeg"
    endless.write_text(f"#!/bin/sh\nprintf 0123456789 > {SOUND}\nexec sleep 600\n")
    endless.chmod(0o700)
    limits = structs.replace(tools.limits, ffmpeg=endless)
    before = _replace(app, limits=limits, at_once=2)
    wish = {"id": f"tr-{track_id}", "format": "mp3"}
    waiting = [
        asyncio.ensure_future(player.send("stream", timeOffset=second, **wish))
        for second in range(7)
    ]
    try:
        await until(lambda: any((each / SOUND).exists() for each in folder.iterdir()))
        found = await player.envelope("stream", timeOffset=8, **wish)
        assert "at once" in found["error"]["message"]
        assert len(list(folder.iterdir())) == 1
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        await until(lambda: not list(folder.iterdir()))
        registry.replace(Transcoder, before)
        endless.unlink()


async def _listen(app: Any, request: Any, leave: asyncio.Event, began: asyncio.Event) -> None:
    """Call the application as a server does for a client that leaves at some time."""
    sent = False
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", request.url.netloc)],
        "client": ("127.0.0.1", 1234),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            began.set()

    await app(scope, receive, send)


async def test_hls_has_the_stored_variants_up_to_a_bit_rate(
    player: Player, track_id: TrackId
) -> None:
    song = f"tr-{track_id}"
    for given, rates in (({}, ["128k", "256k"]), ({"bitRate": "200"}, ["128k"])):
        answer = await player.send("hls.m3u8", id=song, **given)
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        urls = [line for line in answer.text.splitlines() if not line.startswith("#")]
        assert [url.split("/hls/")[1].split("/")[0] for url in urls] == rates
        assert answer.text.count("#EXT-X-STREAM-INF") == len(rates)
        # Without credentials: the signature admits.
        variant = await player.http.get(urls[0])
        segment = next(line for line in variant.text.splitlines() if ".m4s" in line)
        assert (await player.http.get(f"{urls[0].rpartition('/')[0]}/{segment}")).content
