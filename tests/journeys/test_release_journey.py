"""The way of a release: tagged files, a date, a player, playlists as files, a sale, ZIP files.

Each step continues the one before, with what `Published` holds.
"""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import libopensonic  # pyright: ignore[reportMissingTypeStubs]
import pytest
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3

from tests import sounds
from tests.cluster.through import served
from tests.journeys.served import Server, calling, sign_up, until, upload, wait_for_track
from veza.app.services import open_services
from veza.app.settings.environment import read_settings
from veza.core.clock import now
from veza.domains.music.releases import jobs

pytestmark = pytest.mark.long

ARTIST, LISTENER = "harbour_crew", "night_owl"
TITLES = ("Night Ferry", "Low Tide")


@dataclass(frozen=True)
class Published:
    """A running server with a published release, of its two tracks in their order."""

    server: Server
    artist_token: str
    listener_token: str
    app_password: str
    release_id: str
    track_ids: list[str]
    sounds: list[bytes]


def _write_tagged(folder: Path, number: int, title: str) -> Path:
    source = sounds.write(folder / f"{number}.flac", sounds.sine(2, hz=300 * number))
    file = FLAC(source)
    tags = {"title": title, "artist": "The Harbour Crew", "album": "Harbours", "genre": "Ambient"}
    file.update(tags | {"tracknumber": f"{number}/2", "date": "2026-05-04", "label": "Tape Room"})
    picture = Picture()
    picture.type, picture.mime = 3, "image/png"
    picture.data = sounds.picture(folder / "front.png", width=300, height=300).read_bytes()
    file.add_picture(picture)
    file.save()
    return source


def _publish_due(server: Server) -> None:
    """Do now what the schedule does at each full minute; the server's worker does the rest."""

    async def run() -> None:
        async with open_services(read_settings(server.environment())) as services:
            await jobs.enqueue_publications(services.database)

    asyncio.run(run())


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder: Path = tmp_path_factory.mktemp("release")
    sources = [_write_tagged(folder, number, title) for number, title in enumerate(TITLES, 1)]
    with served("--workers", "1") as server:
        artist, listener = sign_up(server, ARTIST), sign_up(server, LISTENER)
        with calling(server, artist) as client:
            # The last first: the tags have the order.
            track_ids = [
                upload(client, source, title=title, visibility="private", downloadable="true")
                for source, title in reversed(list(zip(sources, TITLES, strict=True)))
            ]
            for track_id in track_ids:
                assert wait_for_track(client, track_id)["status"] == "ready"
            release_id = _import_and_schedule(client, track_ids)
            with calling(server, listener) as other:
                assert other.get(f"releases/{release_id}").status_code == 404
                _wait_for_publication(server, other, release_id)
                made = other.post("users/me/app-passwords", json={"name": "Phone"}).json()
        yield Published(
            server,
            artist,
            listener,
            made["data"]["app_password"],
            release_id,
            track_ids[::-1],
            [source.read_bytes() for source in sources],
        )


def _import_and_schedule(client: httpx.Client, track_ids: list[str]) -> str:
    """Confirm the proposal for these tracks, to be published soon; return the id."""
    proposal = client.post("releases/import", json={"track_ids": track_ids}).json()["data"]
    release = proposal["release"]
    assert (release["title"], release["artist_name"]) == ("Harbours", "The Harbour Crew")
    assert (release["label"], release["genre"]) == ("Tape Room", "ambient")
    assert (release["release_date"], release["kind"]) == ("2026-05-04", "single")
    assert [each["track_id"] for each in release["tracks"]] == track_ids[::-1]
    publish_at = (now() + timedelta(seconds=3)).isoformat()
    made = client.post("releases", json=release | {"publish_at": publish_at})
    assert made.status_code == 201, made.text
    return made.json()["data"]["id"]


def _wait_for_publication(server: Server, client: httpx.Client, release_id: str) -> None:
    def is_public() -> bool:
        _publish_due(server)
        return client.get(f"releases/{release_id}").status_code == 200

    until(is_public, 60)
    shown = client.get(f"releases/{release_id}").json()["data"]
    assert shown["published_at"] is not None
    listed = client.get(f"releases/{release_id}/tracks").json()["data"]["tracks"]
    assert [each["track"]["title"] for each in listed] == list(TITLES)


@pytest.fixture
def player(published: Published) -> Iterator[Any]:
    client: Any = libopensonic.Connection(
        "http://127.0.0.1",
        port=published.server.port,
        username=LISTENER,
        password=published.app_password,
    )
    yield client
    client.cleanup()
    # It leaves the loop of its thread open.
    client._loop.close()


def test_a_player_finds_the_release_plays_it_and_likes_it(
    published: Published, player: Any
) -> None:
    album_id = f"al-{published.release_id}"
    # Words are found as soon as the worker has indexed the release.
    until(lambda: [each.id for each in player.search3("harbours").album] == [album_id], 60)
    album = player.get_album(album_id)
    assert (album.name, album.artist, album.year) == ("Harbours", "The Harbour Crew", 2026)
    assert [each.id for each in player.get_album_list2("newest")] == [album_id]
    assert [each.title for each in album.song] == list(TITLES)
    assert [each.size for each in album.song] == [len(sound) for sound in published.sounds]

    for song, sound in zip(album.song, published.sounds, strict=True):
        given = {"u": LISTENER, "p": published.app_password, "id": song.id}
        url = f"{published.server.url}/rest/stream"
        heard = b""
        for start in range(0, len(sound), 50_000):
            part = httpx.get(
                url, params=given, headers={"range": f"bytes={start}-{start + 49_999}"}
            )
            assert part.status_code == 206
            heard += part.content
        assert heard == sound
    assert player.scrobble(album.song[0].id)

    assert player.star(album_ids=[album_id], sids=[album.song[1].id])
    assert player.set_rating(album_id, 5)
    starred = player.get_starred2()
    assert [each.id for each in starred.album] == [album_id]
    assert [each.id for each in starred.song] == [album.song[1].id]
    with calling(published.server, published.listener_token) as client:
        shown = client.get(f"releases/{published.release_id}").json()["data"]
        assert (shown["liked"], shown["likes_count"]) == (True, 1)
        track = client.get(f"tracks/{published.track_ids[0]}").json()["data"]
        assert track["plays_count"] == 1


def test_a_playlist_of_it_is_exported_and_imported_again(published: Published, player: Any) -> None:
    # One track twice, and not in the order of the release.
    order = [published.track_ids[number] for number in (1, 0, 1)]
    assert player.create_playlist(name="Crossing", song_ids=[f"tr-{each}" for each in order])
    [made] = [each for each in player.get_playlists() if each.name == "Crossing"]
    assert [each.id for each in player.get_playlist(made.id).entry] == [f"tr-{e}" for e in order]
    playlist_id = made.id.removeprefix("pl-")
    with calling(published.server, published.listener_token) as client:
        for form in ("m3u8", "xspf", "jspf"):
            exported = client.get(f"playlists/{playlist_id}/export", params={"format": form})
            assert exported.status_code == 200, exported.text
            kind = exported.headers["content-type"]
            imported = client.post(
                "playlists/import", content=exported.content, headers={"content-type": kind}
            )
            assert imported.status_code == 201, imported.text
            found = imported.json()["data"]
            assert (found["matched_count"], found["unmatched_count"]) == (3, 0), form
            listed = player.get_playlist(f"pl-{found['playlist']['id']}")
            assert [each.id for each in listed.entry] == [f"tr-{each}" for each in order], form


def _create(client: httpx.Client, path: str, form: dict[str, Any]) -> Any:
    answer = client.post(path, json=form, headers={"Idempotency-Key": path})
    assert answer.is_success, answer.text
    return answer.json()["data"]


def _buy(client: httpx.Client, product_id: str, price_cents: int) -> None:
    """Order a product at a price that the buyer chooses, and confirm the payment."""
    items = [{"product_id": product_id, "quantity": 1, "price_cents": price_cents}]
    order = _create(client, "marketplace/orders", {"items": items})
    assert (order["status"], order["total_cents"]) == ("pending", price_cents)
    paid = {"outcome": "succeeded"}
    _create(client, f"sandbox/payments/{order['payment']['payment_id']}/confirm", paid)
    path = f"marketplace/orders/{order['id']}"
    until(lambda: client.get(path).json()["data"]["status"] == "paid", 60)


def _download(client: httpx.Client, product_id: str, form: str) -> zipfile.ZipFile:
    path = f"marketplace/products/{product_id}/archives"
    _create(client, path, {"format": form})

    def find() -> dict[str, Any]:
        listed = client.get(path).json()["data"]["archives"]
        return next(each for each in listed if each["format"] == form)

    until(lambda: find()["status"] == "ready", 60)
    archive = find()
    content = httpx.get(archive["url"]).content
    assert len(content) == archive["size_bytes"]
    return zipfile.ZipFile(io.BytesIO(content))


def test_it_is_bought_for_what_the_buyer_wants_and_downloaded_as_flac_and_mp3(
    published: Published,
) -> None:
    offer = {
        "title": "Harbours",
        "type": "album",
        "pricing": "pay_what_you_want",
        "price_cents": 500,
        "licence": "Personal use.",
        "release_id": published.release_id,
        "status": "published",
    }
    with calling(published.server, published.artist_token) as client:
        product_id = _create(client, "marketplace/products", offer)["id"]
    with calling(published.server, published.listener_token) as client:
        too_low = [{"product_id": product_id, "quantity": 1, "price_cents": 499}]
        refused = client.post("marketplace/orders", json={"items": too_low})
        assert (refused.status_code, refused.json()["code"]) == (409, "price_too_low")
        _buy(client, product_id, 750)
        flac = _download(client, product_id, "flac")
        mp3 = _download(client, product_id, "mp3_320")

    names = [f"{number:02} {title}" for number, title in enumerate(TITLES, 1)]
    for number, name in enumerate(names, 1):
        lossless = FLAC(io.BytesIO(flac.read(f"{name}.flac")))
        tags = {key: lossless[key] for key in ("title", "album", "albumartist", "tracknumber")}
        assert tags["title"] == [TITLES[number - 1]]
        assert (tags["album"], tags["albumartist"]) == (["Harbours"], ["The Harbour Crew"])
        assert tags["tracknumber"][0].split("/")[0] == str(number)
        assert lossless.pictures[0].data[:3] == b"\xff\xd8\xff"
        lossy: Any = MP3(io.BytesIO(mp3.read(f"{name}.mp3")))
        assert (lossy.info.bitrate, str(lossy["TIT2"])) == (320_000, TITLES[number - 1])
        assert lossy.tags.getall("APIC")[0].data == lossless.pictures[0].data
    assert flac.read("cover.jpg")[:3] == mp3.read("cover.jpg")[:3] == b"\xff\xd8\xff"
