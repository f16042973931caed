"""Writes, counts and sends all mails."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from msgspec import Struct, structs

from veza.core.errors import Unavailable
from veza.core.languages import Language
from veza.core.signed_urls import UrlSigner
from veza.core.site_identity import SiteIdentity
from veza.domains.platform.mail.models import Letter, MailDesign, MailReason
from veza.domains.platform.mail.rules import limits
from veza.domains.platform.mail.rules.layout import write_mail
from veza.domains.platform.mail.rules.templates import fill_blocks, fill_subject, load_templates
from veza.domains.platform.mail.rules.words import explain
from veza.infra.mail.mailer import Mail, Mailer, MailRefused
from veza.infra.valkey.client import WindowCounters

log = structlog.get_logger()


class SiteMailer(Struct, frozen=True):
    """The mail transport, the limits, and what all mails of the site share.

    `find_sender_name` returns the name of the sender at this moment; None for that of the settings.
    """

    mailer: Mailer
    counters: WindowCounters
    # The address of the web application, or of another front-end.
    front_end: str
    # The address of this server, which serves pictures and takes what mail programs send.
    own_url: str
    signer: UrlSigner
    # How long after a decision of staff an appeal is possible.
    appeal_window: timedelta
    find_sender_name: Callable[[], str | None] = lambda: None
    identify: Callable[[], SiteIdentity] = SiteIdentity

    @property
    def host(self) -> str:
        """Return the name by which mails call the site: that of its address."""
        return urlsplit(self.front_end).netloc

    def write(self, letter: Letter, to: str, *, owner: object) -> Mail:
        """Return a mail in the design of the site. `owner` is a UUID: see `Mail`."""
        site = self.identify()
        written = write_mail(letter, MailDesign(site.name, self.front_end, site.colors))
        return Mail(to, written.subject, written.text, owner=str(owner), html=written.html)

    async def send(self, mail: Mail) -> None:
        """Send a mail under the name of the site, unless it has one.

        Raises MailUnavailable and MailRefused.
        """
        name = self.find_sender_name() if mail.sender_name is None else mail.sender_name
        await self.mailer.send(structs.replace(mail, sender_name=name))

    async def send_or_drop(self, mail: Mail, purpose: str) -> None:
        """Send a mail that nobody repeats by hand: one that is refused is logged and dropped.

        Raises MailUnavailable.
        """
        try:
            await self.send(mail)
        except MailRefused as error:
            log.warning("mail_refused", purpose=purpose, reason=str(error))

    @asynccontextmanager
    async def counting(
        self, purpose: str, address: str, *, most: int = limits.MAX_MAILS_TO_ADDRESS
    ) -> AsyncGenerator[bool]:
        """Count a mail to an address that is sent inside; False if it got as many as it may.

        A mail that can't be sent at the moment doesn't count, so that another attempt is free.
        """
        key = limits.mail_count_key(purpose, address)
        window = await self.counters.add(key, limits.MAIL_WINDOW_S)
        if window.count > most:
            log.warning("mail_withheld", purpose=purpose)
            yield False
            return
        try:
            yield True
        except Unavailable:
            await self.counters.take_back(key)
            raise


class FilledTemplate(Struct, frozen=True):
    """A mail of the folder `mails` of a domain, its values, and where its button leads."""

    package: str
    name: str
    values: Mapping[str, str]
    link: str | None = None


def fill_letter(
    mailer: SiteMailer, language: Language, template: FilledTemplate, reason: MailReason
) -> Letter:
    """Return a mail of a domain in a language. The value `host` is that of the site."""
    found = load_templates(template.package, language)[template.name]
    values = {**template.values, "host": mailer.host}
    return Letter(
        language=language,
        subject=fill_subject(found, values),
        blocks=fill_blocks(found, values, template.link),
        reason=explain(language, reason, mailer.host),
    )
