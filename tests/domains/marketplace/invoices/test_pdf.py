"""What documents look like: whatever stands in them, they can be set, and nothing is missing."""

from pathlib import Path

import msgspec
import pytest
import typst
from msgspec import structs

from tests.domains.marketplace.invoices.documents import MOMENT, credit_note, invoice
from veza.domains.marketplace import invoices
from veza.domains.marketplace.invoices import rules
from veza.domains.marketplace.invoices.models import InvoiceParty
from veza.infra.typesetting.typesetter import typeset, typeset_pictures
from veza.infra.typesetting.typst_process import FONTS

TEMPLATE = Path(invoices.__path__[0]) / "invoice.typ"

HOSTILE = '#panic("x") $1/0$ \\ " *b* _i_ @ref <lbl> `raw` // /* ] } #{ [ = - + ~ -- \' %'
NAMES = [
    "株式会社ミュージック田中 夜の船",
    "محمد عبد الله للموسيقى",
    "שלום מוזיקה",
    "한국어 음악",
    "音樂 音乐",
    "Привет Ελλάδα ქართული Հայերեն",
    "สวัสดีดนตรี नमस्ते বাংলা தமிழ் తెలుగు",
    "Łódź Ǝ ﬁ ½ € ♪ 🎵 ✓",
    HOSTILE,
]


def papers(*documents):
    return msgspec.json.encode([rules.print_invoice(document) for document in documents])


async def count_pages(services, *documents):
    press = services.invoice_documents.typesetter
    return len(await typeset_pictures(press, TEMPLATE, papers(*documents), moment=MOMENT))


async def test_a_short_document_has_one_page(services):
    assert await count_pages(services, invoice(("Night Ferry", 1000))) == 1
    assert await count_pages(services, credit_note(("Night Ferry", 1000), rate=None)) == 1


async def test_a_reduced_line_says_what_it_was_and_why(services):
    made = invoice(("Night Ferry", 960), ("Kiln", 500))
    reduced = structs.replace(made.data.lines[0], list_cents=1200, reductions=[HOSTILE[:40]])
    content = structs.replace(made.data, lines=[reduced, made.data.lines[1]])
    made = structs.replace(made, data=content)
    [first, second] = rules.print_invoice(made).lines
    assert (first.note, second.note) == (f"List price 12.00, reduced: {HOSTILE[:40]}", "")
    assert await count_pages(services, made) == 1


async def test_each_document_starts_on_a_new_page(services):
    documents = [invoice(("Night Ferry", 1000)) for _ in range(3)]

    assert await count_pages(services, *documents) == 3


async def test_sixty_lines_take_several_pages(services):
    long = invoice(*((f"Night Ferry {n}", n) for n in range(60)))

    assert await count_pages(services, long, invoice(("Night Ferry", 1))) == 4


async def test_long_words_are_broken(services):
    party = InvoiceParty("W" * 200, "\n".join(["W" * 200] * 6), "WW", "W" * 40)
    longest = invoice(*(("W" * 200, 100_000_000) for _ in range(3)), seller=party, buyer=party)

    assert await count_pages(services, longest) == 3


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:8])
def test_every_letter_has_a_glyph(name):
    """Documents that are kept for ever may not lack a letter: so typst tells where one does."""
    party = InvoiceParty(name, name, "FR", name)
    document = invoice((name, 1000), seller=party, buyer=party)
    made = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=FONTS,
        ignore_system_fonts=True,
        sys_inputs={"data": papers(document).decode()},
        pdf_standards="a-2b",
        timestamp=0,
    )

    assert made is not None


async def test_the_same_document_has_the_same_bytes(services):
    given_out = papers(invoice((HOSTILE, 1000)), credit_note(("夜の船", 1)))
    typesetter = services.invoice_documents.typesetter

    one = await typeset(typesetter, TEMPLATE, given_out, moment=MOMENT)

    assert one == await typeset(typesetter, TEMPLATE, given_out, moment=MOMENT)
