"""Refusals of mails by SMTP servers, and their status codes (RFC 5321 and RFC 3463)."""

import re

from msgspec import Struct

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# The mailbox does not exist, has no valid form, has moved, or is disabled; its domain takes no
# mail (RFC 3463, 7505 and the IANA registry).
_BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# The same without a status: RFC 5321, 4.2.3.
_BAD_ADDRESS_CODES = frozenset({550, 551, 553})


class MailRefusal(Struct, frozen=True):
    """The answer of a server to a recipient, or to the mail to them.

    `status` is such as `5.1.1`, empty if there is none. `of_recipient` is False if the content was
    refused.
    """

    code: int
    status: str = ""
    of_recipient: bool = True

    @property
    def is_permanent(self) -> bool:
        """Return whether another attempt is useless."""
        return self.code >= 500

    @property
    def names_bad_address(self) -> bool:
        """Return whether the address takes no mail of anybody.

        Refusals for other reasons, such as a policy against this server, say nothing of it.
        """
        if not (self.is_permanent and self.of_recipient):
            return False
        return is_bad_address(self.status) if self.status else self.code in _BAD_ADDRESS_CODES


def is_bad_address(status: str) -> bool:
    """Return whether a status says that an address takes no mail of anybody."""
    return status in _BAD_ADDRESS


def find_status(text: str) -> str:
    """Return the status at the start of a text, empty if there is none."""
    match = _STATUS.match(text.strip())
    return ".".join(str(int(part)) for part in match.groups()) if match else ""
