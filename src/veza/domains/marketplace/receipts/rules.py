"""The text of a receipt, the size of its attachment, and the limits of mailing it again."""

from collections.abc import Sequence
from decimal import Decimal

from veza.core.languages import Language
from veza.core.money import format_percent, write_amount
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.marketplace.receipts.models import Receipt, ReceiptLine
from veza.domains.platform.mail.models import (
    Block,
    Button,
    Fact,
    FactList,
    Heading,
    Letter,
    MailReason,
    Paragraph,
)
from veza.domains.platform.mail.rules.templates import say
from veza.domains.platform.mail.rules.words import explain

# A larger invoice is only linked: mail servers refuse large mails.
MAX_ATTACHED_BYTES = 1_000_000
# Receipts to one address in an hour. An address that nobody confirmed may be that of somebody else.
MAX_TO_VERIFIED = 100
MAX_TO_UNVERIFIED = 10
# Requests of one member in an hour.
MAX_REQUESTS = 10
REQUEST_WINDOW_S = 3600
# Lines of an order that a mail lists.
MAX_LINES = 100

_PACKAGE = "veza.domains.marketplace.receipts"


def write_receipt(
    receipt: Receipt,
    lines: Sequence[ReceiptLine],
    *,
    host: str,
    link: str,
    is_attached: bool,
) -> Letter:
    """Return the mail of an order; `link` leads to its page."""
    language = receipt.language
    bought = [Fact(_name(line, language), _price(line, receipt)) for line in lines]
    total = write_amount(receipt.total_cents, receipt.currency)
    blocks: list[Block] = [
        Heading(say(_PACKAGE, language, "thanks")),
        FactList(
            [
                *bought,
                Fact(say(_PACKAGE, language, "total"), total, is_strong=True),
                *_list_taxes(lines, receipt),
            ]
        ),
        Button(say(_PACKAGE, language, "open"), link),
        Paragraph(say(_PACKAGE, language, "attached" if is_attached else "linked")),
        Paragraph(say(_PACKAGE, language, "number", number=str(receipt.order_id))),
    ]
    return Letter(
        language=language,
        subject=say(_PACKAGE, language, "subject", host=host),
        blocks=blocks,
        reason=explain(language, MailReason.ORDER, host),
    )


def _list_taxes(lines: Sequence[ReceiptLine], receipt: Receipt) -> list[Fact]:
    """Return the VAT that the total includes, by rate."""
    sums: dict[Decimal, int] = {}
    for line in lines:
        if line.tax_rate is not None:
            sums[line.tax_rate] = sums.get(line.tax_rate, 0) + line.tax_cents
    return [
        Fact(
            say(_PACKAGE, receipt.language, "vat", rate=format_percent(rate)),
            write_amount(cents, receipt.currency),
        )
        for rate, cents in sums.items()
    ]


def _price(line: ReceiptLine, receipt: Receipt) -> str:
    """Return the price of a line, with what it was before and what reduced it."""
    price = write_amount(line.price_cents, receipt.currency)
    if not line.causes:
        return price
    before = write_amount(line.list_cents, receipt.currency)
    causes = ", ".join(line.causes)
    return say(_PACKAGE, receipt.language, "reduced", price=price, before=before, causes=causes)


def _name(line: ReceiptLine, language: Language) -> str:
    """Return what a line is, and who sells it; a tip is named after who gets it."""
    name = name_line(language, line.kind, line.title)
    is_named = line.seller is None or line.kind is LineKind.TIP
    return name if is_named else f"{name} · {line.seller}"
