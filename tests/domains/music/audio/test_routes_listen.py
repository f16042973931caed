"""Listening over HTTP: whole and in ranges, by whom, and by signed URLs without a token."""

import re
import time
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.domains.music.audio.storage_steps import files_of
from veza.app.api import wrap
from veza.core.signed_urls import Resource

FILES = ("stream", "preview", "waveform", "hls/master.m3u8", "hls/128k/index.m3u8")


def stored(services, track_id, name):
    return (services.settings.data_dir / "media" / "tracks" / str(track_id) / name).read_bytes()


async def test_the_original_goes_to_its_owner_and_where_it_is_downloadable(
    client, services, shop, other
):
    async def heard(track_id, who=None):
        answer = await client.get(f"tracks/{track_id}/stream", headers=who.headers if who else {})
        assert answer.status_code == 200
        return answer.content, answer.headers["content-type"]

    aac = stored(services, shop.public, "stream.m4a"), "audio/mp4"
    assert await heard(shop.public, shop.owner) == (shop.original, "audio/flac")
    assert await heard(shop.public, other) == aac
    assert await heard(shop.public) == aac
    assert await heard(shop.downloadable) == (shop.original, "audio/flac")
    assert await heard(shop.downloadable, other) == (shop.original, "audio/flac")


async def test_the_stream_is_as_long_as_the_original(services, shop, tmp_path):
    heard = tmp_path / "heard.m4a"
    heard.write_bytes(stored(services, shop.public, "stream.m4a"))
    assert len(sounds.read(heard)) / sounds.RATE == pytest.approx(13, abs=0.1)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-1099", 100, 1099),
        ("bytes=262143-262145", 262_143, 262_145),
        ("bytes=-1", -1, None),
        ("bytes=-500", -500, None),
        ("bytes=1000-", 1000, None),
        ("bytes=0-", 0, None),
        ("bytes=50-99999999999", 50, None),
        ("bytes=-99999999999", 0, None),
        ("BYTES = 5 - 9", 5, 9),
    ],
)
async def test_a_range_is_bit_exact(client, services, shop, asked, first, last):
    for whole, headers in (
        (stored(services, shop.public, "stream.m4a"), {}),
        (shop.original, shop.owner.headers),
    ):
        answer = await client.get(
            f"tracks/{shop.public}/stream", headers=headers | {"range": asked}
        )

        size = len(whole)
        start = first if first >= 0 else size + first
        end = size - 1 if last is None else last
        assert answer.status_code == 206
        assert answer.content == whole[start : end + 1]
        assert answer.headers["content-range"] == f"bytes {start}-{end}/{size}"
        assert answer.headers["content-length"] == str(end + 1 - start)
        assert answer.headers["accept-ranges"] == "bytes"


async def test_ranges_put_together_are_the_whole(client, services, shop):
    whole = stored(services, shop.public, "stream.m4a")
    parts, at = [], 0
    while at < len(whole):
        answer = await client.get(
            f"tracks/{shop.public}/stream", headers={"range": f"bytes={at}-{at + 99_999}"}
        )
        parts.append(answer.content)
        at += len(answer.content)

    assert b"".join(parts) == whole


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-2",
        "bytes=a-b",
        "bytes=",
        "bytes=-",
        "lines=1-2",
        "bytes=0-1,5-6",
        "nonsense",
        "bytes=0-" + "9" * 5000,
    ],
)
async def test_a_range_that_can_not_be_read_is_ignored(client, shop, asked):
    answer = await client.get(f"tracks/{shop.public}/stream", headers={"range": asked})

    # A number of thousands of digits may as well be taken for what it says.
    assert answer.status_code in ({200, 206} if len(asked) > 100 else {200})


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=99999999-999999999"])
async def test_a_range_behind_the_end_is_416(client, services, shop, asked):
    size = len(stored(services, shop.public, "stream.m4a"))

    answer = await client.get(f"tracks/{shop.public}/stream", headers={"range": asked})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize("path", ["stream", "preview", "download"])
async def test_head_tells_what_get_would(client, shop, path):
    url = f"tracks/{shop.downloadable}/{path}"
    got, told = await client.get(url), await client.head(url)
    assert told.status_code == got.status_code == 200
    assert told.content == b""
    for name in ("content-length", "content-type", "etag", "accept-ranges", "last-modified"):
        assert told.headers[name] == got.headers[name], name
    assert int(told.headers["content-length"]) == len(got.content)


async def test_an_entity_tag_spares_the_second_transfer(client, shop):
    url = f"tracks/{shop.public}/stream"
    first = await client.get(url)
    tag, date = first.headers["etag"], first.headers["last-modified"]

    for headers in (
        {"if-none-match": tag},
        {"if-none-match": f'"other", W/{tag}'},
        {"if-none-match": "*"},
        {"if-modified-since": date},
    ):
        again = await client.get(url, headers=headers)
        assert (again.status_code, again.content) == (304, b""), headers
        assert again.headers["etag"] == tag
    changed = await client.get(url, headers={"if-none-match": '"other"', "if-modified-since": date})
    assert changed.status_code == 200
    assert (await client.get(url, headers=shop.owner.headers)).headers["etag"] != tag


async def test_if_range_gives_the_part_only_of_the_same_file(client, shop):
    url = f"tracks/{shop.public}/stream"
    first = await client.get(url)
    tag, date = first.headers["etag"], first.headers["last-modified"]

    for condition, status in ((tag, 206), (date, 206), ('"other"', 200), (f"W/{tag}", 200)):
        answer = await client.get(url, headers={"range": "bytes=0-9", "if-range": condition})
        assert answer.status_code == status, condition
        assert answer.content == (first.content[:10] if status == 206 else first.content)


async def test_a_preview_is_mp3(client, shop, tmp_path):
    answer = await client.get(f"tracks/{shop.public}/preview")

    assert answer.headers["content-type"] == "audio/mpeg"
    heard = tmp_path / "preview.mp3"
    heard.write_bytes(answer.content)
    assert len(sounds.read(heard)) / sounds.RATE == pytest.approx(13, abs=0.1)


def named_in(playlist):
    plain = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    return re.findall(r'URI="([^"]+)"', playlist) + plain


async def follow(client, url, headers=None):
    """Fetch a master playlist, and all that it names, as a player does."""
    master = await client.get(url, headers=headers)
    assert master.status_code == 200, master.text
    assert master.headers["content-type"] == "application/vnd.apple.mpegurl"
    fetched = {}
    for variant in named_in(master.text):
        index_url = httpx.URL(url).join(variant)
        index = await client.get(index_url, headers=headers)
        assert index.status_code == 200, index.text
        for name in named_in(index.text):
            part = await client.get(index_url.join(name), headers=headers)
            assert part.status_code == 200, name
            assert part.headers["content-type"] == "audio/mp4"
            fetched[urlsplit(variant).path.split("/")[0], urlsplit(name).path] = part.content
    return fetched


async def test_the_ladder_of_a_public_track_is_there_for_all(client, services, shop):
    track = (await client.get(f"tracks/{shop.public}")).json()["data"]

    fetched = await follow(client, track["hls_url"])

    wanted = {f"hls/{rung}/{name}" for rung, name in fetched}
    on_disk = {name for name in files_of(services, shop.public) if name.startswith("hls/")}
    assert wanted == {name for name in on_disk if not name.endswith(".m3u8")}
    assert len(fetched) == 2 * 4
    for (rung, name), content in fetched.items():
        assert content == stored(services, shop.public, f"hls/{rung}/{name}")


async def test_a_private_track_is_heard_by_its_signed_urls_without_a_token(
    client, services, shop, tmp_path
):
    answer = await client.get(f"tracks/{shop.private}", headers=shop.owner.headers)
    track = answer.json()["data"]

    fetched = await follow(client, track["hls_url"])
    assert len(fetched) == 2 * 4
    heard = tmp_path / "heard.mp4"
    heard.write_bytes(b"".join(fetched["256k", n] for n in named_in_order(services, shop)))
    assert len(sounds.read(heard)) / sounds.RATE == pytest.approx(13, abs=0.1)
    for name in ("stream_url", "waveform_url", "preview_url"):
        assert (await client.get(track[name])).status_code == 200, name
    # What a URL lets one hear is the AAC; the original stays its owner's.
    assert (await client.get(track["stream_url"])).headers["content-type"] == "audio/mp4"
    svg = await client.get(track["waveform_url"] + "&format=svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")


def named_in_order(services, shop):
    return named_in(stored(services, shop.private, "hls/256k/index.m3u8").decode())


@pytest.mark.parametrize("path", FILES)
async def test_a_private_track_without_a_right_signature_is_not_there(
    client, services, shop, other, path
):
    async def status_of(track_id, expires, signature, headers=None):
        url = f"tracks/{track_id}/{path}?expires={expires}&signature={signature}"
        return (await client.get(url, headers=headers)).status_code

    def sign(track_id, expires):
        return services.url_signer.sign(Resource.TRACK, track_id, expires=expires)

    later, before = int(time.time()) + 60, int(time.time()) - 8
    right = sign(shop.private, later)
    assert await status_of(shop.private, later, right) == 200
    tampered = ("A" if right[0] != "A" else "B") + right[1:]
    assert await status_of(shop.private, later, tampered) == 404
    assert await status_of(shop.private, later + 1, right) == 404
    assert await status_of(shop.private, later, "") == 404
    assert await status_of(shop.private, later, quote("ünïcødé")) == 404
    assert await status_of(shop.private, later, sign(shop.public, later)) == 404
    assert await status_of(shop.private, before, sign(shop.private, before)) == 404
    assert (await client.get(f"tracks/{shop.private}/{path}")).status_code == 404
    assert await status_of(shop.private, later, tampered, other.headers) == 404
    # The owner needs none, nor does a public track.
    assert await status_of(shop.private, before, "x", shop.owner.headers) == 200
    assert await status_of(shop.public, before, "x") == 200


async def test_a_signature_lets_nobody_download(client, services, shop):
    expires = int(time.time()) + 60
    signature = services.url_signer.sign(Resource.TRACK, shop.private, expires=expires)

    answer = await client.get(
        f"tracks/{shop.private}/download?expires={expires}&signature={signature}"
    )

    assert answer.status_code == 404


async def test_a_signature_holds_for_an_hour(client, shop):
    before = int(time.time())
    answer = await client.get(f"tracks/{shop.private}", headers=shop.owner.headers)

    query = parse_qs(urlsplit(answer.json()["data"]["stream_url"]).query)
    assert before + 3600 <= int(query["expires"][0]) <= time.time() + 3600


async def test_a_download_is_for_its_owner_or_where_it_is_offered(client, shop, other):
    async def status_of(track_id, headers=None):
        return (await client.get(f"tracks/{track_id}/download", headers=headers)).status_code

    assert await status_of(shop.public) == 403
    assert await status_of(shop.public, other.headers) == 403
    assert await status_of(shop.public, shop.owner.headers) == 200
    assert await status_of(shop.downloadable) == 200
    assert await status_of(shop.private) == 404
    assert await status_of(shop.private, other.headers) == 404


async def test_a_download_is_the_original_under_the_track_s_name(client, shop):
    answer = await client.get(f"tracks/{shop.downloadable}/download")
    part = await client.get(
        f"tracks/{shop.downloadable}/download", headers={"range": "bytes=10-19"}
    )

    assert answer.content == shop.original
    assert (part.status_code, part.content) == (206, shop.original[10:20])
    disposition = answer.headers["content-disposition"]
    plain, encoded = 'filename="_rger _um_ 3_4 Uhr.flac"', "%C3%84rger%20_um_%203_4%20Uhr.flac"
    assert disposition == f"attachment; {plain}; filename*=UTF-8''{encoded}"
    # Whatever the bytes are, no browser runs them on our origin.
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../stream",
        "../../../secrets.json",
        "..%2foriginal",
        "%2e%2e/original",
        "%2e%2e%2foriginal",
        "128k/../../original",
        "128k/..%2f..%2foriginal",
        "128k%2findex.m3u8%00",
        "master.m3u8%0a",
        "..\\original",
        "original",
        "",
        "128k",
        "128k/s999.m4s",
        "512k/index.m3u8",
    ],
)
async def test_nothing_but_the_ladder_is_under_hls(app, settings, shop, path):
    whole = f"/api/v1/tracks/{shop.public}/hls/{path}"
    answered = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        answered.append(message)

    # By hand: a client would put the path in order before it sends it.
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote(whole),
        "raw_path": whole.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"veza.test")],
        "client": ("127.0.0.1", 1234),
        "server": ("veza.test", 80),
    }
    await wrap(app, settings)(scope, receive, send)

    assert answered[0]["status"] == 404


async def test_a_waveform_shows_a_thousand_peaks_of_a_known_signal(client, shop):
    answer = await client.get(f"tracks/{shop.public}/waveform")

    assert answer.status_code == 200
    waveform = answer.json()["data"]
    assert waveform["duration_seconds"] == pytest.approx(13, abs=0.001)
    # A sine that grows evenly from nothing to full scale.
    wanted = np.arange(1, 1001) / 1000
    assert len(waveform["peaks"]) == 1000
    assert np.max(np.abs(np.array(waveform["peaks"]) - wanted)) < 0.01
    assert min(waveform["peaks"]) >= 0
    assert max(waveform["peaks"]) <= 1


async def test_a_waveform_is_a_picture_too(client, shop):
    answer = await client.get(f"tracks/{shop.public}/waveform?format=svg")

    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert (await client.get(f"tracks/{shop.public}/waveform?format=png")).status_code == 400


async def test_while_it_is_processed_a_track_is_its_owner_s_to_wait_for(
    client, upload, creator, other
):
    track_id = (await upload()).json()["data"]["id"]

    for path in (*FILES, "download"):
        url = f"tracks/{track_id}/{path}"
        waiting = await client.get(url, headers=creator.headers)
        assert (waiting.status_code, waiting.json()["code"]) == (409, "track_not_ready"), path
        assert (await client.get(url, headers=other.headers)).status_code == 404
        assert (await client.get(url)).status_code == 404


async def test_only_what_all_may_hear_is_kept_by_caches_for_all(client, shop):
    async def kept(track_id, path, headers=None):
        answer = await client.get(f"tracks/{track_id}/{path}", headers=headers)
        return answer.headers["cache-control"].split(",")[0]

    for path in FILES:
        assert await kept(shop.public, path) == "public", path
        assert await kept(shop.public, path, shop.owner.headers) == "private", path
        assert await kept(shop.private, path, shop.owner.headers) == "private", path
