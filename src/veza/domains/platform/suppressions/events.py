"""Announces what a mail system reported of a mail from here."""

from uuid import UUID

from msgspec import Struct

from veza.domains.platform.suppressions.models import MailEventType


class MailReported(Struct, frozen=True):
    """A mail was not delivered, or somebody complained of it.

    `is_noted`: the address was known. If not, `signature` is the unverified rest of the token, for
    whoever knows the address of the delivery.
    """

    delivery_id: UUID
    signature: str
    kind: MailEventType
    status: str
    is_noted: bool
