"""Pictures for links to tracks without a cover."""

import struct
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.public_pages.cards import rules
from veza.domains.public_pages.cards.service import CardDrawing

SITE = "http://veza.test"


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _make_track(services: Services, title: str, **columns: object) -> TrackId:
    """Make a track with a waveform, without its files."""
    owner = await make.person(services, Role.CREATOR)
    peaks = struct.pack("<1000H", *(at * 65 for at in range(1000)))
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                                 stream_size, peaks)
             values ($1, 'tape.flac', 'flac', 1, repeat('0', 64), 1, $2)
    """
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, title, **columns)
        await tx.run("update tracks set duration_ms = 1000 where id = $1", track_id)
        await tx.run(sql, track_id, peaks)
    return track_id


async def test_a_link_to_a_track_without_a_cover_has_a_picture_of_its_waveform(
    site: httpx.AsyncClient, services: Services, app: Litestar
) -> None:
    track = await _make_track(services, "Night Ferry")
    page = (await site.get(f"/tracks/{track}")).text
    url = f"{SITE}/cards/tracks/{track}"
    assert f'property="og:image" content="{url}"' in page
    assert 'property="og:image:width" content="1200"' in page

    picture = await site.get(url)

    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert struct.unpack(">II", picture.content[16:24]) == (1200, 630)
    # Drawn once, and again when what it shows is another.
    drawn = app.state.services.get(CardDrawing).kept
    assert drawn.get(track, next(iter(drawn._recent[track]))) == picture.content
    assert (await site.get(url)).content == picture.content
    async with services.database.transaction() as tx:
        await tx.run("update tracks set title = $2 where id = $1", track, "العربية 🎵 " + "x" * 180)
    other = await site.get(url)
    assert (other.status_code, other.content != picture.content) == (200, True)


async def test_only_what_anybody_may_play_has_a_picture(
    site: httpx.AsyncClient, services: Services
) -> None:
    private = await _make_track(services, "Secret", visibility="private")
    waiting = await _make_track(services, "Soon", status="processing")

    for track in (private, waiting):
        assert (await site.get(f"/cards/tracks/{track}")).status_code in {404, 409}
    assert "/cards/" not in (await site.get(f"/tracks/{waiting}")).text


def test_a_waveform_of_any_length_has_at_most_a_hundred_bars() -> None:
    for length in (0, 1, 99, 100, 101, 1000):
        bars = rules.draw_bars([0.0] * length)
        assert len(bars) <= rules.BARS
        assert bool(bars) == bool(length)
    assert max(rules.draw_bars([0.1] * 999 + [1.0])) == 1.0
