"""Make the content of a contract, and its printed texts in the language of the buyer."""

from veza.core.ids import OrderId, OrderItemId
from veza.core.languages import Language
from veza.core.money import write_amount
from veza.domains.marketplace.contracts.models import (
    ContractContent,
    LicenceContract,
    LicenceSale,
    PrintedContract,
)
from veza.domains.marketplace.invoices.models import InvoiceParty, PrintedParty
from veza.domains.marketplace.invoices.rules import make_seller, name_buyer, print_party
from veza.domains.marketplace.sellers.models import StoredSellerProfile
from veza.domains.marketplace.variants.models import SoldVariant
from veza.domains.platform.mail.rules.cleaning import clean_line
from veza.domains.platform.mail.rules.templates import say

_PACKAGE = "veza.domains.marketplace.contracts"
_NARROW_SPACE = "\N{NO-BREAK SPACE}"


def contract_folder(order_id: OrderId) -> str:
    """Return the storage prefix of the contracts of an order."""
    return f"contracts/{order_id}"


def contract_key(order_id: OrderId, item_id: OrderItemId) -> str:
    """Return the storage key of the contract of a line."""
    return f"{contract_folder(order_id)}/{item_id}.pdf"


def make_content(sale: LicenceSale, profile: StoredSellerProfile) -> ContractContent:
    """Return the content of the contract of a sale."""
    return ContractContent(
        seller=make_seller(sale.seller_name, profile),
        buyer=name_buyer(sale.billing, sale.buyer_name or ""),
        work=sale.variant.work or sale.title,
        variant=sale.variant,
        file_names=sale.file_names,
        price_cents=sale.price_cents,
        currency=sale.currency,
        is_received=sale.is_received,
        sold_at=sale.paid_at,
    )


def print_contract(contract: LicenceContract) -> PrintedContract:
    """Return the printed texts of a contract."""
    language, content = contract.language, contract.data
    variant = content.variant
    seller = _print_party(language, content.seller)
    buyer = _print_party(language, content.buyer)
    work = clean_line(content.work)
    opening = [
        _say(language, "intro", seller=seller.name, buyer=buyer.name, work=work),
        _say(language, "use"),
        _say(language, "only_one" if variant.is_exclusive else "among_others"),
    ]
    return PrintedContract(
        language=language,
        title=_say(language, "heading"),
        subtitle=f"{work} \N{EN DASH} {clean_line(variant.title)}",
        seller_label=_say(language, "seller"),
        seller=seller,
        buyer_label=_say(language, "buyer"),
        buyer=buyer,
        facts=_list_facts(contract),
        opening=opening,
        terms_label=_say(language, "terms"),
        terms=list_terms(language, variant),
        closing=[_say(language, name) for name in ("rights", "promise", "paid_back")],
        clauses_label=_say(language, "clauses"),
        clauses=[line for line in map(clean_line, variant.clauses.split("\n")) if line],
        note=_say(language, "note"),
    )


def list_terms(language: Language, variant: SoldVariant) -> list[tuple[str, str]]:
    """Return the terms of a licence, as labels and values in a language."""
    terms = variant.terms
    limits = [
        ("streams", terms.max_streams),
        ("copies", terms.max_copies),
        ("years", terms.years),
    ]
    uses = [
        ("performance", terms.may_perform),
        ("video", terms.may_use_in_video),
        ("broadcast", terms.may_broadcast),
    ]
    listed = [(_say(language, name), _limit(language, most)) for name, most in limits]
    listed += [
        (_say(language, name), _say(language, "allowed" if is_allowed else "not_included"))
        for name, is_allowed in uses
    ]
    if credit := clean_line(variant.credit_line):
        listed.append((_say(language, "credit"), credit))
    return listed


def _limit(language: Language, most: int | None) -> str:
    if most is None:
        return _say(language, "no_limit")
    return _say(language, "at_most", count=f"{most:,}".replace(",", _NARROW_SPACE))


def _list_facts(contract: LicenceContract) -> list[tuple[str, str]]:
    language, content = contract.language, contract.data
    price = _say(language, "gift")
    if not content.is_received:
        price = write_amount(content.price_cents, content.currency)
    facts = [
        (_say(language, "order"), str(contract.order_id)),
        (_say(language, "date"), f"{content.sold_at:%Y-%m-%d}"),
        (_say(language, "work"), clean_line(content.work)),
        (
            _say(language, "licence"),
            f"{clean_line(content.variant.title)} ({_say(language, content.variant.kind)})",
        ),
        (_say(language, "price"), price),
    ]
    files = ", ".join(map(clean_line, content.file_names))
    contents = _say(language, "contents") if content.variant.includes_contents else ""
    given = ", ".join(each for each in (contents, files) if each)
    return [*facts, (_say(language, "files"), given)]


def _print_party(language: Language, party: InvoiceParty) -> PrintedParty:
    unnamed = _say(language, "unnamed")
    return print_party(party, vat_label=_say(language, "vat_id"), unnamed=unnamed)


def _say(language: Language, name: str, **values: str) -> str:
    return say(_PACKAGE, language, name, **values)
