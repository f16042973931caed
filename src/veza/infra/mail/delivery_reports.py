"""Reads reports of mail systems: undelivered mail (RFC 3464) and complaints (RFC 5965).

Nothing is answered to a report, so that no mail loop is possible (RFC 3834).
"""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from enum import StrEnum
from typing import cast

from msgspec import Struct

from veza.infra.mail.delivery_tokens import DeliveryToken, find_tokens
from veza.infra.mail.refusals import find_status

# Of a report that a stranger may have written.
_MAX_PARTS = 50
_MAX_RECIPIENTS = 50
_MAX_TOKENS = 20
_MAX_TEXTS = 200
# Other types, such as `not-spam` and `auth-failure`, are no complaints.
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out"})
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_OF_ORIGINAL = ("Message-ID", "Return-Path", "Original-Mail-From")


class ReportKind(StrEnum):
    """The kind of a report: a bounce, or a complaint."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class DeliveryReport(Struct, frozen=True):
    """A report about one recipient.

    `status` is such as `5.1.1`. `addresses` are those that the recipient may have: of a forwarded
    mail, the original one among others. `tokens` are what it proves by.
    """

    kind: ReportKind
    status: str
    addresses: list[str]
    tokens: list[DeliveryToken]


def read_report(content: bytes) -> list[DeliveryReport]:
    """Return what a mail reports; nothing if it is no report, such as an automatic reply."""
    message = message_from_bytes(content, policy=compat32)
    parts = [part for part, _ in zip(message.walk(), range(_MAX_PARTS), strict=False)]
    returned = [*parts[1:], *(_quoted(part) for part in parts)]
    tokens = _find_tokens(message, returned)
    originals = [parseaddr(each)[1] for part in returned for each in _headers(part, ("To",))]
    reports: list[DeliveryReport] = []
    for part in parts:
        match part.get_content_type():
            case "message/delivery-status":
                reports += _read_bounces(part, originals, tokens)
            case "message/feedback-report":
                reports += _read_complaint(part, originals, tokens)
            case _:
                pass
    return reports[:_MAX_RECIPIENTS]


def _read_bounces(
    part: Message, originals: list[str], tokens: list[DeliveryToken]
) -> Iterator[DeliveryReport]:
    """Return the recipients to whom a mail was not delivered; delayed ones are none."""
    for fields in _blocks(part):
        if _field(fields, "Action").lower() != "failed":
            continue
        named = [_read_typed(_field(fields, f"{each}-Recipient")) for each in ("Original", "Final")]
        status = find_status(_field(fields, "Status"))
        yield DeliveryReport(ReportKind.BOUNCE, status, _clean([*named, *originals]), tokens)


def _read_complaint(
    part: Message, originals: list[str], tokens: list[DeliveryToken]
) -> Iterator[DeliveryReport]:
    for fields in _blocks(part):
        if _field(fields, "Feedback-Type").lower() in _COMPLAINTS:
            named = [parseaddr(each)[1] for each in _headers(fields, ("Original-Rcpt-To",))]
            yield DeliveryReport(ReportKind.COMPLAINT, "", _clean([*named, *originals]), tokens)


def _blocks(part: Message) -> list[Message]:
    """Return the groups of fields in a part, which the parser reads as headers."""
    if not part.is_multipart():
        return []
    parts = cast("list[Message]", part.get_payload())
    return parts[: _MAX_RECIPIENTS + 1]


def _find_tokens(message: Message, returned: list[Message]) -> list[DeliveryToken]:
    """Return the tokens of the address that got the report, and of the mail it is about."""
    texts = list(_headers(message, _ADDRESSED))
    for part in returned:
        texts += _headers(part, _OF_ORIGINAL)
    found = [token for text in texts[:_MAX_TEXTS] for token in find_tokens(text)]
    return list(dict.fromkeys(found))[:_MAX_TOKENS]


def _quoted(part: Message) -> Message:
    """Return the headers of the original mail, if a part has nothing but them (RFC 6522)."""
    content = b""
    if part.get_content_type() == "text/rfc822-headers":
        decoded = part.get_payload(decode=True)
        content = decoded if isinstance(decoded, bytes) else b""
    return message_from_bytes(content, policy=compat32)


def _headers(part: Message, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for value in part.get_all(name, [])[:10]:
            yield str(value)


def _field(fields: Message, name: str) -> str:
    return str(fields.get(name, "")).strip()


def _read_typed(value: str) -> str:
    """Return the address in a field such as `rfc822; ada@example.com`."""
    return parseaddr(value.partition(";")[2])[1]


def _clean(addresses: list[str]) -> list[str]:
    return list(dict.fromkeys(each for each in addresses if "@" in each and len(each) <= 254))
