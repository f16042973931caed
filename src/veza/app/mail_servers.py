"""The servers and senders of mails, by the settings."""

from veza.app.paths import mail_folder
from veza.app.settings.settings import Settings
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.mailer import Mailer
from veza.infra.mail.separate_mailers import BulkSettings, open_bulk_mailer, open_mailers


def open_settings_mailer(settings: Settings) -> Mailer:
    """Return the mailer of all mails but broadcasts. Raises CannotStart."""
    return open_mailers(
        settings.smtp_url, settings.mail_from, find_bulk_settings(settings), mail_folder(settings)
    )


def open_settings_bulk_mailer(settings: Settings) -> BulkMailer:
    """Return the mailer of broadcasts. Raises CannotStart."""
    return open_bulk_mailer(find_bulk_settings(settings), mail_folder(settings))


def find_bulk_settings(settings: Settings) -> BulkSettings:
    """Return the settings of bulk mail; what is not set is as for other mails."""
    return BulkSettings(
        settings.bulk_smtp_url or settings.smtp_url,
        settings.bulk_mail_from or settings.mail_from,
        settings.bounce_address,
        settings.bulk_connections,
    )
