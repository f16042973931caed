"""A band of three, a label with four artists, their credits, and a split of three."""

from collections.abc import Mapping

from msgspec import Struct

from veza.app.services import Services
from veza.core.access import Member, act_as
from veza.core.ids import ProfileId, UserId
from veza.core.profiles import PageKind, ProfileRole
from veza.core.visibility import CreditState
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import CreditQuery
from veza.domains.profiles.models.invitations import ProfileInvitationForm
from veza.domains.profiles.models.profiles import PageForm, PageSettings
from veza.domains.profiles.models.roster import RosterForm, RosterScope
from veza.domains.profiles.service import invitations, pages, roster
from veza.infra.postgres.database import Conn, Tx
from veza_demo.banners import Scene
from veza_demo.existing import find_release
from veza_demo.portraits import Portrait
from veza_demo.profiles import DemoProfile, complete_profile

type Members = Mapping[str, Member]

_SETTINGS = PageSettings(most=0, for_creators=False)


class DemoPage(Struct, frozen=True):
    """A band or a label: who founded it, who else runs it, and the artists of a label."""

    kind: PageKind
    profile: DemoProfile
    text: str
    owner: str
    members: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()


class DemoSplit(Struct, frozen=True):
    """The parts in 1/10,000 by which what a release sells is split."""

    artist: str
    release: str
    parts: tuple[tuple[str, int], ...]


PAGES: tuple[DemoPage, ...] = (
    DemoPage(
        kind=PageKind.BAND,
        profile=DemoProfile(
            username="cold_harbour",
            display_name="Cold Harbour",
            place="Bristol, Trondheim, Granada",
            portrait=Portrait(
                behind=("#123a3f", "#d98e4a"),
                accent="#f3e2b8",
                skin="#c99068",
                hair_colour="#20181a",
                cloth="#0f2a3a",
                hair="cap",
                has_beard=True,
            ),
            scene=Scene(
                sky=("#0e2a33", "#27545a", "#c77f4b"),
                sun=(0.9, 0.0, 0.28, "#ffd9a0"),
                relief="waves",
                layers=("#2f6a6a", "#1f4c52", "#12333c", "#0a222b"),
            ),
        ),
        text="A desk in Bristol, a melodica in Trondheim, a guitar in Granada. We meet by post and "
        "play together twice a year.",
        owner="kwame_ade",
        members=("hanne_lie", "ines_vidal"),
    ),
    DemoPage(
        kind=PageKind.LABEL,
        profile=DemoProfile(
            username="night_post",
            display_name="Night Post",
            place="Trondheim",
            scene=Scene(
                sky=("#0b1024", "#1c2450", "#4a4a86"),
                sun=(-1.0, -0.3, 0.1, "#f7f3da"),
                relief="towers",
                layers=("#242a55", "#181d40", "#0f132c", "#080b1c"),
                has_stars=True,
            ),
            contact="demos@night-post.example",
        ),
        text="Records that arrive while you sleep. Small editions, long sleeve notes.",
        owner="hanne_lie",
        artists=("hanne_lie", "ines_vidal", "kwame_ade", "mira_solene"),
    ),
)

LABELS = frozenset(page.profile.username for page in PAGES if page.kind is PageKind.LABEL)

SPLIT = DemoSplit(
    artist="nokori",
    release="Save Game",
    parts=(("nokori", 6500), ("mira_solene", 2000), ("samir_b", 1500)),
)


async def fill_pages(services: Services, members: Members) -> dict[str, Member]:
    """Create the pages that an earlier run has not created; return who acts as each, by handle."""
    acting: dict[str, Member] = {}
    for page in PAGES:
        owner, handle = members[page.owner], page.profile.username
        async with services.database.transaction() as tx:
            page_id = await _find_page(tx, owner, handle) or await _create(tx, members, page)
        acting[handle] = act_as(owner, page_id, ProfileRole.OWNER)
        await complete_profile(services, acting[handle], page.profile, page.text)
    return acting


async def confirm_credits(services: Services, members: Members) -> None:
    """Confirm each credit that names a member."""
    for member in members.values():
        async with services.database.transaction() as tx:
            asked = await credits_service.list_own(tx, CreditQuery(limit=100), member)
            for credit in asked.credits:
                await credits_service.answer(tx, credit.id, member, CreditState.CONFIRMED)


async def fill_split(services: Services, members: Members) -> None:
    """Propose the split, unless an earlier run has, and accept it as each party."""
    owner = members[SPLIT.artist]
    async with services.database.transaction() as tx:
        target = SplitTarget(release_id=await find_release(tx, owner, SPLIT.release))
        if (await splits.get_splits(tx, target, owner)).id is not None:
            return
        form = SplitForm([SplitPartForm(members[name].id, parts) for name, parts in SPLIT.parts])
        await splits.propose(tx, target, owner, form)
        for name, _ in SPLIT.parts:
            await splits.accept(tx, target, members[name], None)


async def _create(tx: Tx, members: Members, page: DemoPage) -> UserId:
    """Create a page with its members and artists, who accept at once; return its id."""
    owner, profile = members[page.owner], page.profile
    form = PageForm(page.kind, profile.username, profile.display_name)
    made = await pages.create_page(tx, _SETTINGS, owner, form)
    page_id = ProfileId(UserId(made.id))
    for name in page.members:
        await _add_member(tx, page_id, owner, members[name])
    for name in page.artists:
        artist_id = members[name].id
        entry = await roster.add_artist(tx, page_id, owner, RosterForm(artist_id, RosterScope.ALL))
        await roster.accept(tx, page_id, members[name], entry.id)
    return UserId(page_id)


async def _add_member(tx: Tx, page_id: ProfileId, owner: Member, member: Member) -> None:
    username = await account_queries.find_username(tx, member.id)
    form = ProfileInvitationForm(ProfileRole.EDITOR, username)
    await invitations.invite(tx, page_id, owner, form)
    received = await invitations.list_received(tx, member)
    for invitation in received.invitations:
        await invitations.accept(tx, _SETTINGS, member, invitation.id)


async def _find_page(conn: Conn, owner: Member, handle: str) -> UserId | None:
    sql = """
        select u.id
          from users u
          join profile_members m on m.profile_id = u.id and m.user_id = $1
         where u.username = $2
    """
    return await conn.value(UserId, sql, owner.id, handle)
