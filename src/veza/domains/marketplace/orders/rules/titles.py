"""Names lines of orders in mails and documents."""

from veza.core.languages import Language
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.platform.mail.rules.templates import say

_PACKAGE = "veza.domains.marketplace.orders"


def name_line(language: Language, kind: LineKind, title: str) -> str:
    """Return what a line is in a language: the title of a product, or what supports whom."""
    return title if kind is LineKind.PRODUCT else say(_PACKAGE, language, kind, title=title)
