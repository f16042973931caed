"""Creates the releases of the demonstration: an EP, a single and a compilation, with credits."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import ImageId, TrackId
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.core.visibility import Visibility
from veza.domains.images.service import images
from veza.domains.music.credits.models import CreditedProfile, CreditForm, CreditRole
from veza.domains.music.releases.models.forms import (
    PlacedTrack,
    ReleaseForm,
    ReleaseKind,
)
from veza.domains.music.releases.service import releases
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza_demo.covers import render_cover
from veza_demo.existing import find_release
from veza_demo.music import chunks_of
from veza_demo.pieces import PIECES

_NO_URLS = UrlBuilder("", UrlSigner(b"", ""), 0)


class DemoAlbum(Struct, frozen=True):
    """A release of pieces, by their slugs. Its cover is that of the first one."""

    artist: str
    title: str
    kind: ReleaseKind
    pieces: tuple[str, ...]
    description: str
    genre: str
    label: str
    catalogue_number: str
    released_days_ago: int
    credits: tuple[tuple[str, str], ...]


ALBUMS = (
    DemoAlbum(
        artist="nokori",
        title="Save Game",
        kind=ReleaseKind.EP,
        pieces=("undertow", "cartridge-weather"),
        description="One for the big speakers and one for the small ones. Same melody, if you slow "
        "the second down by half.",
        genre="Drum and Bass",
        label="Unfinished Games",
        catalogue_number="UG-003",
        released_days_ago=12,
        credits=(("nokori", "producer"), ("samir_b", "mastering")),
    ),
    DemoAlbum(
        artist="tobias_rauch",
        title="Halle 7 / Silberfisch",
        kind=ReleaseKind.SINGLE,
        pieces=("hall-seven", "silverfish"),
        description="Zwei Seiten, ein Filter.",
        genre="Techno",
        label="Lötstelle",
        catalogue_number="LOT 07",
        released_days_ago=1,
        credits=(("tobias_rauch", "producer"),),
    ),
    DemoAlbum(
        artist="night_post",
        title="First Letters",
        kind=ReleaseKind.COMPILATION,
        pieces=("open-windows", "garden-gate", "corner-store"),
        description="Three artists of the label, three rooms, one evening each.",
        genre="Folk",
        label="Night Post",
        catalogue_number="NP 001",
        released_days_ago=3,
        credits=(("hanne_lie", "producer"), ("samir_b", "mastering")),
    ),
)


async def fill_albums(
    services: Services, members: Mapping[str, Member], uploaded: Mapping[str, TrackId]
) -> None:
    """Create the releases that an earlier run has not created. Pages are among the members."""
    for album in ALBUMS:
        artist = members[album.artist]
        async with services.database.read() as conn:
            if await find_release(conn, artist, album.title) is not None:
                continue
        cover_id = await _upload_cover(services, artist, album)
        form = _form_of(album, members, uploaded, cover_id)
        async with services.database.transaction() as tx:
            await releases.create_release(tx, artist, form, _NO_URLS)


def _form_of(
    album: DemoAlbum,
    members: Mapping[str, Member],
    uploaded: Mapping[str, TrackId],
    cover_id: ImageId,
) -> ReleaseForm:
    released = datetime.now(UTC) - timedelta(days=album.released_days_ago)
    return ReleaseForm(
        title=album.title,
        kind=album.kind,
        description=album.description,
        label=album.label,
        catalogue_number=album.catalogue_number,
        genre=album.genre,
        release_date=released.date(),
        visibility=Visibility.PUBLIC,
        cover_image_id=cover_id,
        credits=[
            CreditForm(CreditRole(role), profile=CreditedProfile(members[name].id))
            for name, role in album.credits
        ],
        tracks=[PlacedTrack(uploaded[slug]) for slug in album.pieces],
    )


async def _upload_cover(services: Services, artist: Member, album: DemoAlbum) -> ImageId:
    piece = next(each for each in PIECES if each.slug == album.pieces[0])
    picture = await asyncio.to_thread(render_cover, piece)
    form = PreparedForm(FileForm(), f"{piece.slug}.png", chunks_of(picture))
    uploaded = await images.upload_image(
        services.uploads, services.image_processing, artist, form=form, urls=_NO_URLS
    )
    return uploaded.id
