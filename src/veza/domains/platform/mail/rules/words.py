"""The words of the frame around each mail."""

from veza.core.languages import Language
from veza.domains.platform.mail.models import MailReason
from veza.domains.platform.mail.rules.templates import say

_PACKAGE = "veza.domains.platform.mail"


def explain(language: Language, reason: MailReason, host: str) -> str:
    """Return the sentence that says why somebody gets a mail."""
    return say(_PACKAGE, language, reason, host=host)


def name_unsubscribing(language: Language) -> str:
    """Return what the link says by which mails of a kind end."""
    return say(_PACKAGE, language, "unsubscribe")
