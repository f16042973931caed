"""Makes pages for tests, by the use cases of the application."""

from dataclasses import dataclass

from tests.make.people import Person
from veza.app.services import Services
from veza.core.access import act_as
from veza.core.ids import ProfileId, UserId, new_id
from veza.core.profiles import PageKind, ProfileRole
from veza.domains.profiles.models.profiles import PageForm, PageSettings
from veza.domains.profiles.queries.claims import update_token
from veza.domains.profiles.queries.members import insert_member
from veza.domains.profiles.rules import hash_claim
from veza.domains.profiles.service.claims import create_placeholder
from veza.domains.profiles.service.pages import create_page


@dataclass(frozen=True)
class Page:
    """A page, and who made it: its `headers` sign a request of the page."""

    id: UserId
    handle: str
    owner: Person

    @property
    def headers(self) -> dict[str, str]:
        return self.headers_of(self.owner)

    @property
    def as_owner(self) -> Person:
        """The owner as the page, for what makes things of people."""
        member = act_as(self.owner.member, self.id, ProfileRole.OWNER)
        return Person(member, self.handle, self.owner.token)

    def headers_of(self, person: Person) -> dict[str, str]:
        return person.headers | {"X-Veza-Profile": str(self.id)}


async def page(
    services: Services,
    owner: Person,
    kind: PageKind = PageKind.ARTIST,
    *,
    handle: str | None = None,
    display_name: str | None = None,
) -> Page:
    """Make a page, committed."""
    form = PageForm(kind, handle or f"p{new_id().hex[-20:]}", display_name)
    async with services.database.transaction() as tx:
        made = await create_page(tx, PageSettings(0, False), owner.member, form)
    return Page(UserId(made.id), made.handle, owner)


async def placeholder(
    services: Services, label: Page, *, email: str = "nova@example.com"
) -> tuple[Page, str]:
    """Make a page that a label runs for an artist, committed; return it and the claim's token."""
    form = PageForm(PageKind.ARTIST, f"p{new_id().hex[-20:]}", "Nova", email)
    token = new_id().hex
    async with services.database.transaction() as tx:
        made = await create_placeholder(tx, label.as_owner.member, form, email)
        assert await update_token(tx, made.id, email, hash_claim(token))
        # The mail brings another token: where jobs run, it would replace this one.
        own = "name = 'SendProfileClaim' and xmin = pg_current_xact_id()::xid"
        await tx.run(f"delete from jobs where {own}")
    return Page(UserId(made.id), made.handle, label.owner), token


async def role_in(
    services: Services,
    page: Page,
    person: Person,
    role: ProfileRole = ProfileRole.EDITOR,
    *,
    is_shown: bool = False,
) -> None:
    """Give somebody a role in a page, committed."""
    async with services.database.transaction() as tx:
        await insert_member(tx, ProfileId(page.id), person.id, role=role, is_shown=is_shown)
