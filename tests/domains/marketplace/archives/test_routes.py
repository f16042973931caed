"""Archives by the API: who gets them, what they are like, and one build for all."""

import asyncio
import hashlib
import io
import zipfile
from uuid import uuid4

import pytest
from mediafile import MediaFile

from tests import make, sounds
from tests.domains.marketplace.archives.metadata_steps import read_back
from veza.core.embedded_tags import EmbeddedTags, merge_tags
from veza.core.ids import OrderId
from veza.domains.music.credits.models import (
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
)
from veza.domains.music.lyrics import service as lyrics
from veza.domains.music.lyrics.models import LyricsForm
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes
from veza.infra.media.tag_reader import read_tags


async def test_a_buyer_downloads_a_release_with_tags_cover_and_credits(
    client, services, seller, sell, add_track, ask, build, see, picture, tmp_path
):
    track_id = await add_track("Lights/Ahead", isrc="QZES62600017", bpm=92.5, musical_key="F#m")
    async with services.database.transaction() as tx:
        form = LyricsForm("Lights across the water", "[00:12.40]Lights across the water")
        await lyrics.replace_lyrics(tx, track_id, seller.member, form)
    cover_id = await make.image(services, seller, picture)
    sale = await sell(
        track_id, artist_name="The Ferrymen", label="Harbour", cover_image_id=cover_id, genre="jazz"
    )

    asked = await ask(sale, "flac")
    assert (asked["status"], asked["progress"], asked["url"]) == ("building", 0.0, None)
    await build(sale)

    shown = (await see(sale))["flac"]
    assert (shown["status"], shown["progress"]) == ("ready", 1.0)
    answer = await client.get(shown["url"])
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == shown["size_bytes"] == len(answer.content)
    assert hashlib.sha256(answer.content).hexdigest() == shown["sha256"]
    assert answer.headers["content-type"] == "application/zip"
    assert shown["filename"] == "The Ferrymen - Night Ferry (FLAC).zip"
    assert f'filename="{shown["filename"]}"' in answer.headers["content-disposition"]

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.namelist() == [
        "01 Lights_Ahead.flac",
        "01 Lights_Ahead.lrc",
        "cover.jpg",
        "credits.txt",
    ]
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert archive.read("01 Lights_Ahead.lrc") == b"[00:12.40]Lights across the water\n"
    assert "producer: Ada" in archive.read("credits.txt").decode()
    read = read_back(archive, "01 Lights_Ahead.flac", tmp_path)
    assert merge_tags(EmbeddedTags(), read_tags(read.tags)) == EmbeddedTags(
        title="Lights/Ahead",
        artist="The Ferrymen",
        album="Night Ferry",
        album_artist="The Ferrymen",
        genre="jazz",
        disc="1",
        number="1",
        label="Harbour",
        isrc="QZES62600017",
        bpm="92.5",
        key="F#m",
        lyrics="Lights across the water",
    )
    assert read["comment"] == ["producer: Ada"]
    assert read.pictures[0].mime == "image/jpeg"
    assert len(read.pictures[0].data) < 1_000_000


@pytest.mark.long
async def test_files_name_all_artists_and_contributors(
    services, seller, sell, add_track, download, tmp_path
):
    tracks = [await add_track(title) for title in ("One", "Two")]
    artists = [ArtistForm("Ada", CreditedProfile(seller.id), " & "), ArtistForm("Brian")]
    credited = [CreditForm(CreditRole.PRODUCER, "Cleo")]
    sale = await sell(*tracks, artists=artists, credits=credited, kind=ReleaseKind.COMPILATION)
    guests = [ArtistForm("Dora", join=" feat. "), ArtistForm("Ada", CreditedProfile(seller.id))]
    played = [
        CreditForm(CreditRole.PERFORMER, "Emil", instrument="cello"),
        CreditForm(CreditRole.PRODUCER, "Cleo"),
    ]
    async with services.database.transaction() as tx:
        change = TrackChange(artists=guests, credits=played)
        await track_changes.update_track(tx, tracks[1], seller.member, change, make.NO_LINKS)

    archive = await download(sale, "flac")

    one, two = [read_back(archive, name, tmp_path) for name in ("01 One.flac", "02 Two.flac")]
    names = ("artist", "artists", "albumartist", "albumartists", "producer")
    album = [["Ada & Brian"], ["Ada", "Brian"]]
    assert [one[name] for name in names] == [*album, *album, ["Cleo"]]
    guest = [["Dora feat. Ada"], ["Dora", "Ada"]]
    assert [two[name] for name in names] == [*guest, *album, ["Cleo"]]
    assert "performer" not in one
    assert two["performer"] == ["Emil (cello)"]
    # Beets reads the same of the file.
    beets = MediaFile(tmp_path / "02 Two.flac")
    assert (beets.title, beets.artist, beets.artists) == ("Two", *guest[0], guest[1])
    assert (beets.albumartist, beets.albumartists) == (*album[0], album[1])
    text = archive.read("credits.txt").decode()
    assert "by Ada & Brian" in text
    assert "      by Dora feat. Ada\n      cello: Emil\n" in text


async def test_parts_of_an_archive_are_sent(client, sell, ask, build, see):
    sale = await sell()
    await ask(sale)
    await build(sale)
    archive = (await see(sale))["original"]
    whole = await client.get(archive["url"])

    part = await client.get(
        archive["url"], headers={"Range": "bytes=10-19", "If-Range": whole.headers["etag"]}
    )

    assert part.status_code == 206
    assert part.content == whole.content[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{archive['size_bytes']}"
    known = await client.get(archive["url"], headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304


async def test_concurrent_requests_share_one_build(services, sell, ask, see):
    sale = await sell()
    buyers = [await make.person(services) for _ in range(3)]
    async with services.database.transaction() as tx:
        for each in buyers:
            await make.bought(tx, each.member, sale.product_id)

    asked = await asyncio.gather(*(ask(sale, "flac", by=each) for each in buyers for _ in range(3)))

    assert {each["status"] for each in asked} == {"building"}
    async with services.database.read() as conn:
        sql = "select id::text from release_archives where release_id = $1"
        archive_ids = await conn.column(str, sql, sale.release_id)
        sql = """
            select count(*)
              from jobs
             where name = 'BuildArchive'
               and convert_from(payload, 'utf8')::json ->> 'archive_id' = any($1)
        """
        jobs = await conn.value(int, sql, archive_ids)
    assert (len(archive_ids), jobs) == (1, 1)


@pytest.mark.long
async def test_those_who_wait_are_notified_once(services, sell, ask, build):
    sale = await sell()
    other = await make.person(services)
    async with services.database.transaction() as tx:
        await make.bought(tx, other.member, sale.product_id)
    for member in (sale.buyer, other):
        await ask(sale, "flac", by=member)

    await build(sale)
    await make.delivered(services)

    for member in (sale.buyer, other):
        told = await make.told(services, member)
        named = [each.kind for each in told if each.release and each.release.id == sale.release_id]
        assert named == ["archive_ready"]


async def test_the_seller_gets_the_archive_too(sell, ask, build, see):
    sale = await sell()
    await ask(sale, by=sale.seller)
    await build(sale)
    assert (await see(sale, by=sale.seller))["original"]["status"] == "ready"


async def test_others_get_no_archive(client, services, sell):
    sale, stranger = await sell(), await make.person(services)
    path = f"marketplace/products/{sale.product_id}/archives"

    for answer in (
        await client.post(path, headers=stranger.headers, json={"format": "flac"}),
        await client.get(path, headers=stranger.headers),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "product_not_bought"


async def test_a_link_is_for_one_member_and_one_archive(client, services, sell, ask, build, see):
    sale, stranger = await sell(), await make.person(services)
    await ask(sale)
    archive_id = await build(sale)
    url = (await see(sale))["original"]["url"]

    for wrong in (
        url.replace(str(sale.buyer.id), str(stranger.id)),
        url.replace(str(archive_id), str(uuid4())),
        url.replace("signature=", "signature=x"),
        url.replace(f"&member={sale.buyer.id}", f"&member={sale.seller.id}"),
    ):
        answer = await client.get(wrong)
        assert answer.status_code == 404
        assert answer.json()["code"] == "archive_not_found"


async def test_a_refund_ends_the_right_to_an_archive(client, services, sell, ask, build, see):
    sale = await sell()
    await ask(sale)
    await build(sale)
    url = (await see(sale))["original"]["url"]
    async with services.database.transaction() as tx:
        sql = "select order_id from order_items where product_id = $1"
        [order_id] = await tx.column(OrderId, sql, sale.product_id)
        await make.refunded_item(tx, order_id)

    assert (await client.get(url)).status_code == 404
    path = f"marketplace/products/{sale.product_id}/archives"
    assert (await client.get(path, headers=sale.buyer.headers)).status_code == 403


@pytest.mark.parametrize("wanted", ["wav", "FLAC", "", None, 7])
async def test_an_unknown_format_is_refused(client, sell, wanted):
    sale = await sell()
    path = f"marketplace/products/{sale.product_id}/archives"
    answer = await client.post(path, headers=sale.buyer.headers, json={"format": wanted})
    assert answer.status_code == 400


async def test_a_product_without_release_has_no_archive(client, services, seller):
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member)
    for each in (product_id, uuid4()):
        path = f"marketplace/products/{each}/archives"
        assert (await client.get(path, headers=seller.headers)).status_code == 404


async def _refusal(client, sale, wanted):
    path = f"marketplace/products/{sale.product_id}/archives"
    answer = await client.post(path, headers=sale.buyer.headers, json={"format": wanted})
    return answer.status_code, answer.json()["code"]


async def test_an_empty_release_is_refused(client, services, sell, add_track):
    failed = await add_track("Broken", status="failed", failure_reason="It is damaged.")
    sale = await sell(failed)
    assert await _refusal(client, sale, "original") == (409, "release_empty")


async def test_a_release_in_processing_is_refused(client, sell, add_track):
    sale = await sell(await add_track("Ready"), await add_track("Waiting", status="processing"))
    assert await _refusal(client, sale, "original") == (409, "release_in_processing")


async def test_a_preorder_is_not_downloaded_before_it_is_delivered(
    client, services, sell, ask, build, see
):
    sale = await sell()
    await ask(sale, by=sale.seller)
    await build(sale)
    url = (await see(sale))["original"]["url"]
    sql = "update order_items set available_at = now() + interval '1 day' where product_id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, sale.product_id)

    assert await _refusal(client, sale, "original") == (409, "not_delivered")
    assert (await client.get(url)).status_code == 404


async def test_flac_is_not_offered_of_lossy_originals(client, sell, add_track, see, folder):
    lossy = sounds.write(folder / "lossy.mp3", sounds.sine(0.5))
    sale = await sell(await add_track("Lossless"), await add_track("Lossy", lossy))

    assert await _refusal(client, sale, "flac") == (409, "not_lossless")
    offered = {name: each["is_offered"] for name, each in (await see(sale)).items()}
    assert offered.pop("flac") is False
    assert set(offered.values()) == {True}
    seen = await client.get(f"marketplace/products/{sale.product_id}", headers=sale.seller.headers)
    assert seen.json()["data"]["formats"] == ["original", "mp3_v0", "mp3_320", "aac", "opus"]


async def test_a_release_of_more_than_a_day_is_not_converted(client, sell, add_track):
    sale = await sell(await add_track("Endless", duration_ms=24 * 3600 * 1000 + 1))
    assert await _refusal(client, sale, "flac") == (413, "archive_too_large")


@pytest.mark.long
async def test_members_wait_for_a_few_archives_at_a_time(client, services, sell, ask):
    waiting = [await sell() for _ in range(3)]
    formats = ["original", "flac", "mp3_v0", "mp3_320", "aac", "opus"]
    someone = await make.person(services)
    async with services.database.transaction() as tx:
        for sale in waiting:
            await make.bought(tx, someone.member, sale.product_id)
    for sale in waiting[:2]:
        for wanted in formats:
            await ask(sale, wanted, by=someone)

    # The same again is not another archive.
    await ask(waiting[0], "opus", by=someone)
    answer = await client.post(
        f"marketplace/products/{waiting[2].product_id}/archives",
        headers=someone.headers,
        json={"format": "flac"},
    )
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_archives"
