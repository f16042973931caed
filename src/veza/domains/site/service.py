"""The profile is in every process's memory; a change deletes the former logo."""

import math

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Allowance, Unavailable, required
from veza.core.languages import Language
from veza.core.sign_up_mode import SignUpMode
from veza.core.site_identity import SiteIdentity
from veza.domains.auth.accounts.service import own_account
from veza.domains.images.service import images
from veza.domains.platform.mail.models import MailReason
from veza.domains.platform.mail.service import FilledTemplate, SiteMailer, fill_letter
from veza.domains.site import queries, rules
from veza.domains.site.errors import SitePageNotFound, TooManySiteTests
from veza.domains.site.events import SITE_CHANGED
from veza.domains.site.models import (
    ShownSitePage,
    SiteChange,
    SitePage,
    SiteSettings,
    SiteTestResult,
    SiteView,
    StoredSite,
)
from veza.infra.mail.mailer import MailFolder, MailRefused
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.revisions import announce
from veza.infra.storage.objects import Storage
from veza.infra.valkey.client import WindowCounters

_PACKAGE = "veza.domains.site"


class SiteProfile:
    """The profile in the memory of this process, but for the texts of its pages."""

    def __init__(self, database: Database, prefix: str) -> None:
        self._database = database
        self.images_url = f"{prefix}/images"
        self.stored = StoredSite()
        self.identity = SiteIdentity()

    async def load(self) -> None:
        """Load the profile from the database."""
        async with self._database.read() as conn:
            self.stored = await queries.get_profile(conn)
        self.identity = rules.identify(self.stored, self.images_url)

    async def learn(self, _: list[str]) -> None:
        """Reload after a change that was announced in the table of revisions."""
        await self.load()

    def identify(self) -> SiteIdentity:
        """Return how the site presents itself at this moment."""
        return self.identity


def show_site(profile: SiteProfile, mode: SignUpMode) -> SiteView:
    """Return what everybody may know of the site."""
    return rules.show_site(profile.stored, profile.identity, mode)


async def show_page(conn: Conn, page: SitePage) -> ShownSitePage:
    """Return a legal page. Raises SitePageNotFound if it has no text."""
    return ShownSitePage(page, required(await queries.find_page(conn, page), SitePageNotFound))


async def get_settings(conn: Conn, profile: SiteProfile) -> SiteSettings:
    """Return the whole profile for admins."""
    return rules.show_settings(await queries.get_texts(conn), profile.images_url)


async def change_site(
    tx: Tx, profile: SiteProfile, admin: Member, change: SiteChange
) -> SiteSettings:
    """Change the profile. A former logo is deleted. Raises ImageNotFound and ImageInUse."""
    current = await queries.lock_profile(tx)
    logo_id = rules.choose_logo(current, change)
    changed = rules.change_texts(current, change, now())
    if logo_id != current.logo_id:
        if logo_id is not None:
            await images.show_images(tx, admin.id, [logo_id], is_public=True)
        changed = structs.replace(changed, logo_id=logo_id)
    await queries.update_profile(tx, changed)
    if current.logo_id is not None and logo_id != current.logo_id:
        await images.delete_images(tx, [current.logo_id])
    await announce(tx, SITE_CHANGED, "profile")
    return rules.show_settings(changed, profile.images_url)


async def try_mail(
    database: Database, mailer: SiteMailer, profile: SiteProfile, admin: Member
) -> SiteTestResult:
    """Send a mail to an admin, and return what the mail server says. Raises TooManySiteTests.

    Without a mail server it doesn't pass: members get no mails.
    """
    await _ensure_few_tests(mailer.counters, "mail")
    async with database.read() as conn:
        account = await own_account.get_account(conn, admin.id)
    language = account.language or Language.ENGLISH
    values = {"site": profile.identity.name, "name": account.display_name}
    letter = fill_letter(
        mailer, language, FilledTemplate(_PACKAGE, "test", values), MailReason.ADMIN
    )
    try:
        description = await mailer.mailer.check()
        await mailer.send(mailer.write(letter, account.email, owner=admin.id))
    except (Unavailable, MailRefused) as error:
        return SiteTestResult(passed=False, detail=str(error))
    if isinstance(mailer.mailer, MailFolder):
        return SiteTestResult(passed=False, detail=rules.explain_folder(description))
    return SiteTestResult(passed=True, detail=f"{account.email}: {description}.")


async def try_storage(storage: Storage, counters: WindowCounters) -> SiteTestResult:
    """Write, read and delete an object, and return how that went. Raises TooManySiteTests."""
    await _ensure_few_tests(counters, "storage")
    try:
        await storage.check()
    except Unavailable as error:
        return SiteTestResult(passed=False, detail=str(error))
    return SiteTestResult(passed=True, detail="An object was written, read and deleted.")


async def _ensure_few_tests(counters: WindowCounters, kind: str) -> None:
    window = await counters.add(f"site-test:{kind}", rules.TEST_WINDOW_S)
    if window.count > rules.MAX_TESTS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(rules.MAX_TESTS, rules.TEST_WINDOW_S)
        raise TooManySiteTests(retry_after=wait_s, allowance=allowance)
