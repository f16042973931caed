"""The mails to members, by the settings: how they are sent, and in which name."""

from functools import partial

from veza.app.mail_servers import open_settings_mailer
from veza.app.settings.settings import Settings
from veza.app.sign_in import find_front_end, find_own_url
from veza.core.signed_urls import UrlSigner
from veza.core.site_identity import DEFAULT_NAME
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.platform.suppressions.service import SuppressingMailer
from veza.domains.site.service import SiteProfile
from veza.infra.mail.mail_settings import read_sender
from veza.infra.mail.mailer import MailFolder
from veza.infra.postgres.database import Database
from veza.infra.valkey.client import WindowCounters


def create_site_mailer(
    settings: Settings,
    counters: WindowCounters,
    signer: UrlSigner,
    site: SiteProfile,
    database: Database,
) -> SiteMailer:
    """Return the mailers: they write to a folder, or send to a server."""
    mailer = open_settings_mailer(settings)
    if not isinstance(mailer, MailFolder):
        mailer = SuppressingMailer(mailer, database)
    return SiteMailer(
        mailer=mailer,
        counters=counters,
        front_end=find_front_end(settings),
        own_url=find_own_url(settings),
        signer=signer,
        appeal_window=settings.appeal_window,
        find_sender_name=partial(_find_sender_name, settings, site),
        identify=site.identify,
    )


def _find_sender_name(settings: Settings, site: SiteProfile) -> str | None:
    """Return the name of the site, unless the settings name another sender than the software."""
    named = read_sender(settings.mail_from).display_name
    return site.stored.name if named in {"", DEFAULT_NAME} else None
