"""Documents as XML for accounting programs: Factur-X, profile EN 16931.

Amounts are those of the document. Lines are net prices, and the tax of a rate is the sum of that of
its lines, which was rounded for each: the norm lets it differ by less than one unit of currency
from the rate of their sum, which is less than half a cent and its tax for each line.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from xml.sax.saxutils import escape

from msgspec import Struct

from veza.domains.marketplace.invoices.models import (
    Invoice,
    InvoiceContent,
    InvoiceKind,
    InvoiceLine,
    InvoiceParty,
)
from veza.domains.marketplace.taxes.models import TaxTreatment
from veza.infra.typesetting.pdf_metadata import MetadataSchema

NOTE = "For accounting programs, this file contains the document as XML (Factur-X, EN 16931)."
# The name that programs look for in a PDF, and what its metadata says of it.
_FILE_NAME = "factur-x.xml"
SCHEMA = MetadataSchema(
    "Factur-X PDFA Extension Schema",
    "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "fx",
    {
        "DocumentFileName": "The name of the embedded XML document",
        "DocumentType": "The type of the hybrid document",
        "Version": "The version of the standard of the embedded XML document",
        "ConformanceLevel": "The conformance level of the embedded XML document",
    },
)
PROPERTIES = {
    "DocumentFileName": _FILE_NAME,
    "DocumentType": "INVOICE",
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}

_PROFILE = "urn:cen.eu:en16931:2017"
_SPACES = "".join(
    f' xmlns:{prefix}="urn:un:unece:uncefact:data:{kind}"'
    for prefix, kind in (
        ("rsm", "standard:CrossIndustryInvoice:100"),
        ("ram", "standard:ReusableAggregateBusinessInformationEntity:100"),
        ("udt", "standard:UnqualifiedDataType:100"),
        ("qdt", "standard:QualifiedDataType:100"),
    )
)
# UNTDID 1001.
_TYPE_CODES = {InvoiceKind.INVOICE: "380", InvoiceKind.CREDIT_NOTE: "381"}
# UNTDID 4461: by an online payment service.
_ONLINE_PAYMENT = "68"
# UN/ECE recommendation 20: one of something.
_ONE = "C62"
# A tax id whose first letters are a country, as the norm wants it.
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,28}", re.ASCII)
# What XML 1.0 has no way to write, or what is invisible in it.
_NOT_TEXT = re.compile("[^ -~\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TaxCategory(StrEnum):
    """A category of UNTDID 5305."""

    STANDARD = "S"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    EXEMPT = "E"
    OUTSIDE = "O"


class _Tax(Struct, frozen=True):
    """The tax of lines: `percent` is None where the category has no rate."""

    category: TaxCategory
    percent: Decimal | None


_REASONS = {
    TaxCategory.REVERSE_CHARGE: ("Reverse charge: the buyer owes the tax.", "VATEX-EU-AE"),
    TaxCategory.EXEMPT: ("No tax is charged on this.", ""),
    TaxCategory.OUTSIDE: ("Not subject to this tax.", "VATEX-EU-O"),
}


def can_be_electronic(content: InvoiceContent) -> bool:
    """Return whether a document can be XML: both parties are named as the norm wants them.

    The buyer is a business with a tax id, both countries are known, and the seller has a tax id if
    anything is taxed.
    """
    return (
        content.buyer.vat_id is not None
        and content.buyer.country is not None
        and content.seller.country is not None
        and all(line.tax_treatment is not None for line in content.lines)
        and (content.seller.vat_id is not None or _is_outside(content))
    )


def write_xml(invoice: Invoice, number: str) -> bytes:
    """Return a document as XML; `number` is the one in print."""
    content = invoice.data
    lines = [_write_line(place, content, line) for place, line in enumerate(content.lines, 1)]
    transaction = _group(
        "rsm:SupplyChainTradeTransaction",
        *lines,
        _write_agreement(invoice),
        _write_delivery(content.buyer),
        _write_settlement(content),
    )
    context = _group(
        "rsm:ExchangedDocumentContext",
        _group("ram:GuidelineSpecifiedDocumentContextParameter", _text("ram:ID", _PROFILE)),
    )
    document = _group(
        "rsm:ExchangedDocument",
        _text("ram:ID", number),
        _text("ram:TypeCode", _TYPE_CODES[invoice.kind]),
        _group("ram:IssueDateTime", _day("udt:DateTimeString", invoice.issued_at)),
    )
    root = "rsm:CrossIndustryInvoice"
    body = f"<{root}{_SPACES}>{context}{document}{transaction}</{root}>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _write_line(place: int, content: InvoiceContent, line: InvoiceLine) -> str:
    net = _amount(line.price_cents - line.vat_cents)
    note = ""
    if line.list_cents is not None:
        causes = ", ".join(line.reductions)
        words = f"List price {_amount(line.list_cents)} including tax, reduced: {causes}"
        note = _group("ram:IncludedNote", _text("ram:Content", words))
    price = _group("ram:NetPriceProductTradePrice", _text("ram:ChargeAmount", net))
    total = _group(
        "ram:SpecifiedTradeSettlementLineMonetarySummation", _text("ram:LineTotalAmount", net)
    )
    return _group(
        "ram:IncludedSupplyChainTradeLineItem",
        _group("ram:AssociatedDocumentLineDocument", _text("ram:LineID", str(place)), note),
        _group("ram:SpecifiedTradeProduct", _text("ram:Name", line.title)),
        _group("ram:SpecifiedLineTradeAgreement", price),
        _group(
            "ram:SpecifiedLineTradeDelivery",
            _text("ram:BilledQuantity", "1", f' unitCode="{_ONE}"'),
        ),
        _group(
            "ram:SpecifiedLineTradeSettlement",
            _group("ram:ApplicableTradeTax", *_name_tax(_tax_of(content, line))),
            total,
        ),
    )


def _write_agreement(invoice: Invoice) -> str:
    content = invoice.data
    is_outside = _is_outside(content)
    order = _text("ram:IssuerAssignedID", str(invoice.order_id))
    seller_id = str(invoice.seller_subject)
    return _group(
        "ram:ApplicableHeaderTradeAgreement",
        _write_party("ram:SellerTradeParty", content.seller, seller_id, is_outside=is_outside),
        _write_party("ram:BuyerTradeParty", content.buyer, "", is_outside=is_outside),
        _group("ram:SellerOrderReferencedDocument", order),
    )


def _write_party(name: str, party: InvoiceParty, party_id: str, *, is_outside: bool) -> str:
    """Return a party. What is outside of the tax may name no VAT id, but another one."""
    lines = [line for line in map(_clean, (party.address or "").splitlines()) if line]
    lines = [*lines[:2], ", ".join(lines[2:])]
    tags = ("ram:LineOne", "ram:LineTwo", "ram:LineThree")
    address = [_text(tag, line) for tag, line in zip(tags, lines, strict=False)]
    tax_id = re.sub(r"[\s.-]", "", party.vat_id or "").upper()
    is_vat_id = _VAT_ID.fullmatch(tax_id) is not None and not is_outside
    is_seller = party_id != ""
    registration = tax_id if not is_vat_id and not is_seller else ""
    scheme = "VA" if is_vat_id else "FC"
    tax = _text("ram:ID", "" if registration else tax_id, f' schemeID="{scheme}"')
    return _group(
        name,
        _text("ram:ID", party_id),
        _text("ram:Name", party.name),
        _group("ram:SpecifiedLegalOrganization", _text("ram:ID", registration)),
        _group("ram:PostalTradeAddress", *address, _text("ram:CountryID", party.country or "")),
        _group("ram:SpecifiedTaxRegistration", tax),
    )


def _write_delivery(buyer: InvoiceParty) -> str:
    place = _group("ram:PostalTradeAddress", _text("ram:CountryID", buyer.country or ""))
    return _group("ram:ApplicableHeaderTradeDelivery", _group("ram:ShipToTradeParty", place))


def _write_settlement(content: InvoiceContent) -> str:
    means = _group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        _text("ram:TypeCode", _ONLINE_PAYMENT),
        _text("ram:Information", "Paid online"),
    )
    return _group(
        "ram:ApplicableHeaderTradeSettlement",
        _text("ram:InvoiceCurrencyCode", content.currency),
        means,
        *_write_taxes(content),
        _write_sums(content),
        _write_credited(content),
    )


def _write_taxes(content: InvoiceContent) -> list[str]:
    groups: dict[_Tax, list[InvoiceLine]] = {}
    for line in content.lines:
        groups.setdefault(_tax_of(content, line), []).append(line)
    return [_write_tax(tax, lines, content.paid_at) for tax, lines in groups.items()]


def _write_tax(tax: _Tax, lines: Sequence[InvoiceLine], paid_at: datetime) -> str:
    vat = sum(line.vat_cents for line in lines)
    net = sum(line.price_cents for line in lines) - vat
    reason, code = _REASONS.get(tax.category, ("", ""))
    type_code, category, *rate = _name_tax(tax)
    return _group(
        "ram:ApplicableTradeTax",
        _text("ram:CalculatedAmount", _amount(vat)),
        type_code,
        _text("ram:ExemptionReason", reason),
        _text("ram:BasisAmount", _amount(net)),
        category,
        _text("ram:ExemptionReasonCode", code),
        # What is paid before it is delivered is taxed when it is paid.
        _group("ram:TaxPointDate", _day("udt:DateString", paid_at)),
        *rate,
    )


def _write_sums(content: InvoiceContent) -> str:
    total = sum(line.price_cents for line in content.lines)
    vat = sum(line.vat_cents for line in content.lines)
    return _group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        _text("ram:LineTotalAmount", _amount(total - vat)),
        _text("ram:TaxBasisTotalAmount", _amount(total - vat)),
        _text("ram:TaxTotalAmount", _amount(vat), f' currencyID="{content.currency}"'),
        _text("ram:GrandTotalAmount", _amount(total)),
        _text("ram:TotalPrepaidAmount", _amount(total)),
        _text("ram:DuePayableAmount", _amount(0)),
    )


def _write_credited(content: InvoiceContent) -> str:
    if content.credited is None:
        return ""
    day = _day("qdt:DateTimeString", content.credited.issued_at)
    return _group(
        "ram:InvoiceReferencedDocument",
        _text("ram:IssuerAssignedID", content.credited.number),
        _group("ram:FormattedIssueDateTime", day),
    )


def _name_tax(tax: _Tax) -> list[str]:
    named = [_text("ram:TypeCode", "VAT"), _text("ram:CategoryCode", tax.category)]
    if tax.percent is None:
        return named
    return [*named, _text("ram:RateApplicablePercent", f"{tax.percent:.2f}")]


def _tax_of(content: InvoiceContent, line: InvoiceLine) -> _Tax:
    """Return the category of a line. What is outside of the tax stands with nothing else."""
    if line.tax_rate is not None:
        category = TaxCategory.STANDARD if line.tax_rate else TaxCategory.ZERO
        return _Tax(category, line.tax_rate)
    if line.tax_treatment is TaxTreatment.REVERSE_CHARGE:
        return _Tax(TaxCategory.REVERSE_CHARGE, Decimal(0))
    if _is_outside(content):
        return _Tax(TaxCategory.OUTSIDE, None)
    return _Tax(TaxCategory.EXEMPT, Decimal(0))


def _is_outside(content: InvoiceContent) -> bool:
    untaxed = {TaxTreatment.NONE, TaxTreatment.OUTSIDE}
    return all(line.tax_treatment in untaxed for line in content.lines)


def _group(name: str, *children: str) -> str:
    content = "".join(children)
    return f"<{name}>{content}</{name}>" if content else ""


def _text(name: str, text: str, attributes: str = "") -> str:
    """Return an element with a text, or nothing if it is empty."""
    cleaned = escape(_clean(text))
    return f"<{name}{attributes}>{cleaned}</{name}>" if cleaned else ""


def _clean(text: str) -> str:
    chars = (" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(_NOT_TEXT.sub("", "".join(chars)).split())


def _day(name: str, moment: datetime) -> str:
    return _text(name, f"{moment:%Y%m%d}", ' format="102"')


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
