"""The profiles of the members: names in their own scripts, pictures, banners, places and links."""

import asyncio
from collections.abc import Mapping

from msgspec import UNSET, Struct

from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import ProfileId, ReleaseId
from veza.domains.images.models import ShownPicture
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.domains.profiles.models.links import ProfileLink
from veza.domains.profiles.models.pictures import ProfilePicture
from veza.domains.profiles.models.profiles import ProfileChange
from veza.domains.profiles.service import profiles
from veza.infra.postgres.database import Conn
from veza_demo.albums import ALBUMS
from veza_demo.banners import Scene, render_banner
from veza_demo.music import chunks_of
from veza_demo.portraits import Portrait, render_portrait


class DemoProfile(Struct, frozen=True):
    """The profile of a member of the demonstration, but for the text of the account."""

    username: str
    display_name: str
    place: str
    portrait: Portrait | None = None
    scene: Scene | None = None
    contact: str = ""
    links: tuple[ProfileLink, ...] = ()
    is_verified: bool = False


PROFILES: tuple[DemoProfile, ...] = (
    DemoProfile(
        username="mira_solene",
        display_name="Mira Solène",
        place="Roscoff, Bretagne",
        portrait=Portrait(
            behind=("#2b3f66", "#e9a98f"),
            accent="#ffe6bf",
            skin="#f0c3a4",
            hair_colour="#6b2a20",
            cloth="#27406b",
            hair="long",
            has_stripes=True,
        ),
        scene=Scene(
            sky=("#22345c", "#5a628c", "#d59a92", "#f6c49c"),
            sun=(0.6, -0.02, 0.3, "#fff0d2"),
            relief="waves",
            layers=("#4a5d8c", "#394d7c", "#2a3c68", "#1b2a4f"),
        ),
        contact="letters@mira-solene.example",
        links=(
            ProfileLink("https://mira-solene.example/", "Tide tables"),
            ProfileLink("https://social.example/@mira"),
        ),
        is_verified=True,
    ),
    DemoProfile(
        username="tobias_rauch",
        display_name="Tobias Rauch",
        place="Leipzig",
        portrait=Portrait(
            behind=("#d8dad2", "#9aa39b"),
            accent="#e8432a",
            skin="#e8bd9c",
            hair_colour="#3a3330",
            cloth="#1d1e20",
            hair="short",
            has_beard=True,
            has_glasses=True,
        ),
        scene=Scene(
            sky=("#1a1a1c", "#2c2425", "#6b2a20"),
            sun=(-0.9, -0.1, 0.34, "#ff5b33"),
            relief="towers",
            layers=("#3a2b2b", "#2a2021", "#1a1516", "#0d0b0c"),
        ),
        contact="booking@loetstelle.example",
        links=(ProfileLink("https://loetstelle.example/", "Lötstelle"),),
    ),
    DemoProfile(
        username="nokori",
        display_name="残り香 nokori",
        place="松本市",
        portrait=Portrait(
            behind=("#062b3c", "#0e5c66"),
            accent="#ff9d5c",
            skin="#eecaa6",
            hair_colour="#16161d",
            cloth="#ff6a3d",
            hair="cap",
        ),
        scene=Scene(
            sky=("#04192b", "#0b4155", "#1f7f83"),
            sun=(0.0, -0.05, 0.42, "#ff8a4c"),
            relief="hills",
            layers=("#13606b", "#0d4654", "#07303f", "#041e2b"),
            has_stars=True,
        ),
        links=(
            ProfileLink("https://nokori.example/", "未完のゲーム"),
            ProfileLink("https://trackers.example/nokori", "Modules since 2003"),
        ),
    ),
    DemoProfile(
        username="hanne_lie",
        display_name="Hanne Lie",
        place="Trondheim",
        portrait=Portrait(
            behind=("#cfe0ea", "#f4efe6"),
            accent="#f2c66d",
            skin="#f6d5bd",
            hair_colour="#d8b06a",
            cloth="#35587a",
            hair="bun",
        ),
        scene=Scene(
            sky=("#0f2244", "#2a5078", "#7fb0bf", "#dcebe6"),
            sun=(1.2, -0.35, 0.12, "#fff9e2"),
            relief="hills",
            layers=("#b9d2dc", "#86aabd", "#507a94", "#eef4f5"),
            has_stars=True,
        ),
        links=(ProfileLink("https://kor.example/", "The choir"),),
        is_verified=True,
    ),
    DemoProfile(
        username="ines_vidal",
        display_name="Inés Vidal",
        place="Granada",
        portrait=Portrait(
            behind=("#f4d9b8", "#e3a06c"),
            accent="#c8432f",
            skin="#dba57f",
            hair_colour="#221718",
            cloth="#a92f3a",
            hair="curls",
        ),
        scene=Scene(
            sky=("#f7e3c4", "#f3bd86", "#d9734f"),
            sun=(-0.4, -0.25, 0.26, "#fff3d8"),
            relief="arches",
            layers=("#b5543a", "#7d3128"),
        ),
        contact="ines@cancela.example",
        links=(ProfileLink("https://cancela.example/", "Conciertos"),),
    ),
    # Without pictures: the ring of peaks, and the waveform, take their places.
    DemoProfile(
        username="kwame_ade",
        display_name="Kwame Ade",
        place="Bristol",
        links=(ProfileLink("https://harbour-street.example/"),),
    ),
    DemoProfile(
        username="lucie_marchand",
        display_name="Lucie Marchand",
        place="Lyon",
        portrait=Portrait(
            behind=("#3b2f5c", "#8d6a9b"),
            accent="#f5d58a",
            skin="#f1cdb0",
            hair_colour="#8a4b2a",
            cloth="#e7d8c3",
            hair="short",
            has_glasses=True,
        ),
    ),
    DemoProfile(
        username="samir_b",
        display_name="سمير ب",
        place="تونس",
        portrait=Portrait(
            behind=("#54707a", "#a9b9b4"),
            accent="#e9c46a",
            skin="#c98f66",
            hair_colour="#1d1716",
            cloth="#2f4f4a",
            hair="short",
            has_beard=True,
        ),
    ),
    DemoProfile(
        username="oona_kallio",
        display_name="Oona Kallio",
        place="Turku",
        portrait=Portrait(
            behind=("#7a1f2b", "#2c0f18"),
            accent="#f0b7a2",
            skin="#f3d3bf",
            hair_colour="#c9c6c2",
            cloth="#231d24",
            hair="long",
            has_glasses=True,
        ),
        scene=Scene(
            sky=("#1d0a12", "#571522", "#a8303a"),
            sun=(0.0, 0.1, 0.5, "#f5c9a8"),
            relief="arches",
            layers=("#6f1a28", "#38101b"),
        ),
    ),
)


async def fill_profiles(services: Services, members: Mapping[str, Member]) -> None:
    """Complete the profiles that an earlier run has not completed: those without a place."""
    for profile in PROFILES:
        await complete_profile(services, members[profile.username], profile)


async def pin_albums(services: Services, members: Mapping[str, Member]) -> None:
    """Show the first release of each member and page before all else, if nothing is pinned."""
    for name in dict.fromkeys(album.artist for album in ALBUMS):
        member = members[name]
        profile_id = ProfileId(member.id)
        async with services.database.transaction() as tx:
            stored = await profiles.get_profile(tx, profile_id, member)
            found = await _find_album(tx, member, name)
            if stored.pinned_release_id is None and found is not None:
                change = ProfileChange(pinned_release_id=found)
                await profiles.change_profile(tx, profile_id, member, change)


async def complete_profile(
    services: Services, member: Member, profile: DemoProfile, text: str | None = None
) -> None:
    """Complete a profile, unless it has a place; without a `text` it keeps that of the account."""
    async with services.database.read() as conn:
        stored = await profiles.get_profile(conn, ProfileId(member.id), member)
    if stored.place:
        return
    if profile.portrait is not None:
        picture = await asyncio.to_thread(render_portrait, profile.portrait)
        await _upload(services, member, ShownPicture.AVATAR, picture)
    if profile.scene is not None:
        picture = await asyncio.to_thread(render_banner, profile.username, profile.scene)
        await _upload(services, member, ShownPicture.BANNER, picture)
    await _change(services, member, profile, text)


async def _upload(services: Services, member: Member, kind: ShownPicture, picture: bytes) -> None:
    form = PreparedForm(FileForm(), f"{kind}.png", chunks_of(picture))
    await profiles.upload_picture(
        services.uploads,
        services.image_processing,
        member,
        picture=ProfilePicture(ProfileId(member.id), kind),
        form=form,
    )


async def _change(
    services: Services, member: Member, profile: DemoProfile, text: str | None
) -> None:
    profile_id = ProfileId(member.id)
    async with services.database.transaction() as tx:
        change = ProfileChange(
            display_name=profile.display_name,
            text=UNSET if text is None else text,
            place=profile.place,
            contact=profile.contact,
            links=list(profile.links),
        )
        await profiles.change_profile(tx, profile_id, member, change)
        if profile.is_verified:
            await profiles.verify(tx, profile_id)


async def _find_album(conn: Conn, member: Member, username: str) -> ReleaseId | None:
    """Return the oldest release of a member that the demonstration made."""
    titles = [each.title for each in ALBUMS if each.artist == username]
    sql = "select id from releases where owner_id = $1 and title = any($2) order by id limit 1"
    return await conn.value(ReleaseId, sql, member.id, titles)
