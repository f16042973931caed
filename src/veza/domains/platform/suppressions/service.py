"""Addresses are suppressed by answers of servers and by reports, and get mail again if verified."""

import hmac
from collections.abc import Iterable, Sequence

from msgspec import DecodeError, Struct

from veza.core.foreign_json import decode_json
from veza.core.ids import UserId
from veza.domains.platform.suppressions import queries, rules
from veza.domains.platform.suppressions.errors import UnreadableReport, WrongMailSecret
from veza.domains.platform.suppressions.events import MailReported
from veza.domains.platform.suppressions.models import (
    MailEvent,
    MailEvents,
    MailEventType,
    MailWebhook,
    OwnSuppression,
    ReceivedReports,
    Suppression,
    SuppressionCause,
)
from veza.infra.jobs.outbox import emit
from veza.infra.mail.delivery_reports import DeliveryReport, ReportKind, read_report
from veza.infra.mail.delivery_tokens import DeliveryTokens, find_tokens
from veza.infra.mail.mailer import Mail, Mailer, MailRefused
from veza.infra.mail.refusals import MailRefusal, is_bad_address
from veza.infra.postgres.database import Conn, Database, Tx


class SuppressingMailer:
    """Sends mails that are not suppressed, and learns from the answers of servers."""

    def __init__(self, mailer: Mailer, database: Database) -> None:
        self._mailer = mailer
        self._database = database

    async def send(self, mail: Mail) -> None:
        """Send a mail; bulk mail to a suppressed address is dropped.

        Raises MailUnavailable and MailRefused.
        """
        if mail.is_bulk:
            async with self._database.read() as conn:
                if await find_suppression(conn, mail.to) is not None:
                    return
        try:
            await self._mailer.send(mail)
        except MailRefused as error:
            if error.refusal is not None:
                async with self._database.transaction(recorded=False) as tx:
                    await note_refusal(tx, mail.to, error.refusal)
            raise

    async def check(self) -> str:
        """Test the connection and return a description of it. Raises MailUnavailable."""
        return await self._mailer.check()

    async def forget(self, owner: str) -> None:
        """Delete all copies of mails to an owner. Raises MailUnavailable."""
        await self._mailer.forget(owner)

    async def forget_old(self) -> None:
        """Delete copies of mails whose retention is over. Raises MailUnavailable."""
        await self._mailer.forget_old()


class MailReportContext(Struct, frozen=True):
    """The secret of the webhook, and the tokens that prove that a report is about a sent mail."""

    webhook: MailWebhook
    tokens: DeliveryTokens


async def find_suppression(conn: Conn, address: str) -> Suppression | None:
    """Return why an address gets no bulk mail; None if it does."""
    return rules.show(await queries.find_suppression(conn, rules.hash_address(address)))


async def takes_no_mail(conn: Conn, address: str) -> bool:
    """Return whether an address gets no mail but what its owner asked for."""
    found = await find_suppression(conn, address)
    return found is not None and found.cause is SuppressionCause.REFUSED


async def show_own(conn: Conn, user_id: UserId) -> OwnSuppression:
    """Return whether the address of a member gets mail."""
    return OwnSuppression(rules.show(await queries.find_of_member(conn, user_id)))


async def note_refusal(tx: Tx, address: str, refusal: MailRefusal) -> None:
    """Suppress an address whose server says that it takes no mail, or count the failure.

    That the content was refused says nothing of the address.
    """
    if refusal.of_recipient:
        await _note(tx, address, refusal.status, is_permanent=refusal.names_bad_address)


async def note_report(tx: Tx, address: str, kind: MailEventType, status: str) -> None:
    """Suppress an address by a report on a mail to it, which was verified."""
    if kind is MailEventType.COMPLAINT:
        hashed = rules.hash_address(address)
        await queries.upsert_suppression(tx, hashed, SuppressionCause.COMPLAINT, None)
    else:
        await _note(tx, address, status, is_permanent=is_bad_address(status))


async def note_complaint(tx: Tx, address_hash: bytes) -> None:
    """Suppress an address whose owner wants no mail that they did not ask for."""
    await queries.upsert_suppression(tx, address_hash, SuppressionCause.COMPLAINT, None)


async def note_delivered(tx: Tx, address_hashes: Iterable[bytes]) -> None:
    """Forget the failures of addresses that took a mail."""
    await queries.delete_failures(tx, sorted(address_hashes))


async def lift(tx: Tx, address: str) -> None:
    """End the suppression of an address, as its owner has shown that mail arrives."""
    await queries.delete_suppression(tx, rules.hash_address(address))


async def receive(
    tx: Tx, context: MailReportContext, *, secret: str, media_type: str, body: bytes
) -> ReceivedReports:
    """Suppress the addresses of reports that prove by a token which mail they are about.

    Events of a provider, who is trusted by its secret, need none. Raises WrongMailSecret and
    UnreadableReport.
    """
    expected = context.webhook.secret
    if expected is None or not hmac.compare_digest(expected.encode(), secret.encode()):
        raise WrongMailSecret
    if media_type == "message/rfc822":
        reports = read_report(body)
        return ReceivedReports([await _receive(tx, context, each) for each in reports].count(True))
    if media_type == "application/json":
        events = _read_events(body)
        for event in events:
            await _receive_event(tx, context, event)
        return ReceivedReports(len(events))
    raise UnreadableReport


def _read_events(body: bytes) -> Sequence[MailEvent]:
    try:
        return decode_json(body, MailEvents).events
    except DecodeError as error:
        raise UnreadableReport from error


async def _receive(tx: Tx, context: MailReportContext, report: DeliveryReport) -> bool:
    """Note a report; return whether it has a token.

    Where no address of the report fits a token, as those of complaints are often blackened, who
    sent the mail knows the address.
    """
    kind = MailEventType(report.kind)
    for token in report.tokens:
        address = context.tokens.find_address(token, report.addresses)
        if address is not None:
            await note_report(tx, address, kind, report.status)
        await emit(
            tx,
            MailReported(
                token.delivery_id,
                token.signature,
                kind,
                report.status,
                is_noted=address is not None,
            ),
        )
    return bool(report.tokens)


async def _receive_event(tx: Tx, context: MailReportContext, event: MailEvent) -> None:
    tokens = find_tokens(event.message_id)
    kind = ReportKind(event.type)
    report = DeliveryReport(kind, event.status or "", [event.recipient], tokens)
    if not await _receive(tx, context, report):
        # A provider that replaces the Message-ID names the address alone.
        await note_report(tx, event.recipient, event.type, report.status)


async def _note(tx: Tx, address: str, status: str, *, is_permanent: bool) -> None:
    hashed = rules.hash_address(address)
    if is_permanent:
        cause = SuppressionCause.REFUSED
        await queries.upsert_suppression(tx, hashed, cause, status or None)
    else:
        await queries.upsert_failure(tx, hashed, status or None, most=rules.MAX_FAILURES)
