"""Sends mail to many through another server, or from another address, than mail to one."""

from pathlib import Path

from msgspec import Struct

from veza.infra.mail.bulk_mailer import BulkMailer, FolderBulkMailer, SmtpBulkMailer
from veza.infra.mail.mail_settings import read_bounce_address, read_sender, read_smtp_url
from veza.infra.mail.mailer import Mail, Mailer, MailFolder, open_mailer


class BulkSettings(Struct, frozen=True):
    """The server, the sender and the address for bounces of bulk mail, as they are set."""

    smtp_url: str | None
    sender: str
    bounce_address: str | None
    connections: int


class SeparateMailers:
    """Sends mails by one of two mailers, by whether they are bulk mail."""

    def __init__(self, transactional: Mailer, bulk: Mailer) -> None:
        self._transactional = transactional
        self._bulk = bulk

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises MailUnavailable and MailRefused."""
        await (self._bulk if mail.is_bulk else self._transactional).send(mail)

    async def check(self) -> str:
        """Test both connections and return a description. Raises MailUnavailable."""
        first, second = await self._transactional.check(), await self._bulk.check()
        return first if first == second else f"{first}; bulk mail: {second}"

    async def forget(self, owner: str) -> None:
        """Delete all copies of mails to an owner. Raises MailUnavailable."""
        await self._transactional.forget(owner)
        await self._bulk.forget(owner)

    async def forget_old(self) -> None:
        """Delete copies of mails older than `KEPT_FOR`. Raises MailUnavailable."""
        await self._transactional.forget_old()
        await self._bulk.forget_old()


def open_mailers(smtp_url: str | None, sender: str, bulk: BulkSettings, folder: Path) -> Mailer:
    """Return a mailer for all mails. Raises CannotStart."""
    transactional = open_mailer(smtp_url, sender, folder)
    if (bulk.smtp_url, bulk.sender) == (smtp_url, sender):
        return transactional
    return SeparateMailers(transactional, open_mailer(bulk.smtp_url, bulk.sender, folder))


def open_bulk_mailer(bulk: BulkSettings, folder: Path) -> BulkMailer:
    """Return a mailer for broadcasts: by the server, or to the folder. Raises CannotStart."""
    sender = read_sender(bulk.sender)
    if bulk.smtp_url is None:
        return FolderBulkMailer(MailFolder(folder, sender))
    bounces = None if bulk.bounce_address is None else read_bounce_address(bulk.bounce_address)
    return SmtpBulkMailer(
        read_smtp_url(bulk.smtp_url), sender, bounces=bounces, connections=bulk.connections
    )
