"""The mails to members, by the settings: how they are sent, and in which name."""

from functools import partial

from veza.app.paths import mail_folder
from veza.app.settings.settings import Settings
from veza.app.sign_in import find_front_end
from veza.core.signed_urls import UrlSigner
from veza.core.site_identity import DEFAULT_NAME
from veza.domains.auth.recovery.service import AccountMailer
from veza.domains.site.service import SiteProfile
from veza.infra.mail.mail_settings import read_sender
from veza.infra.mail.mailer import open_mailer
from veza.infra.valkey.client import WindowCounters


def create_account_mailer(
    settings: Settings, counters: WindowCounters, signer: UrlSigner, site: SiteProfile
) -> AccountMailer:
    """Return what sends mails about accounts."""
    return AccountMailer(
        mailer=open_mailer(settings.smtp_url, settings.mail_from, mail_folder(settings)),
        counters=counters,
        front_end=find_front_end(settings),
        signer=signer,
        find_sender_name=partial(_find_sender_name, settings, site),
    )


def _find_sender_name(settings: Settings, site: SiteProfile) -> str | None:
    """Return the name of the site, unless the settings name another sender than the software."""
    named = read_sender(settings.mail_from).display_name
    return site.stored.name if named in {"", DEFAULT_NAME} else None
