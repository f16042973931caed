"""Mails as text and as HTML: they say the same, and no value says more than itself."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mail_pages import read, words
from veza.core.languages import Language
from veza.core.site_identity import fit_colors
from veza.domains.platform.mail.models import (
    Block,
    Button,
    Fact,
    FactList,
    Heading,
    Item,
    ItemList,
    Letter,
    MailDesign,
    MailPicture,
    Paragraph,
    Quote,
    SmallPrint,
)
from veza.domains.platform.mail.rules.layout import write_mail
from veza.domains.platform.mail.rules.templates import MailTemplate, fill_blocks, fill_subject

DESIGN = MailDesign("Sea & Sound", "https://sea.example", fit_colors("#c0ffee"))
PAGE = "https://sea.example/unsubscribe/abc"
# Whatever somebody chose as a name or a title.
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map("a{}b".format)


def letter(*blocks: Block, subject: str = "Hello", language: Language = Language.GERMAN) -> Letter:
    return Letter(language, subject, blocks, "You have an account.", PAGE)


def every_block(value: str) -> Letter:
    """Return a letter with all kinds of blocks, which say a value."""
    items = [Item(value, value, PAGE, "https://sea.example/a.jpg?a=1&b=2"), Item(value)]
    return letter(
        Heading(value),
        Paragraph(value),
        Quote(f"{value}\n{value}"),
        Button(value, "https://sea.example/a?b=1&c=2"),
        MailPicture("https://sea.example/b.jpg", value, 240),
        ItemList(items, value),
        FactList([Fact(value, value, is_strong=True)]),
        SmallPrint(value),
        subject=value,
    )


@given(VALUES)
def test_no_value_is_markup_a_header_or_another_line(value: str) -> None:
    mail = write_mail(every_block(value), DESIGN)
    plain = write_mail(every_block("x"), DESIGN)
    found, expected = read(mail.html), read(plain.html)

    assert found.tags.count("br") == expected.tags.count("br") + 2 * value.count("\n")
    kept = [tag for tag in found.tags if tag != "br"]
    assert kept == [tag for tag in expected.tags if tag != "br"]
    assert (found.links, found.attributes) == (expected.links, expected.attributes)
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", mail.subject
    )
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069]", mail.text + mail.html)
    quoted = value.count("\n") * 2
    wrapped = len(value) // 20
    assert mail.text.count("\n") <= plain.text.count("\n") + quoted + 8 * wrapped


@given(st.text("abc <>&\"'é東♪-", min_size=1, max_size=200))
def test_text_and_html_say_the_same_and_lead_to_the_same(value: str) -> None:
    mail = write_mail(every_block(value), DESIGN)
    page = read(mail.html)

    shown = re.sub(r"https?://\S+", "", mail.text)
    assert words(" ".join(page.shown)) == words(shown)
    assert set(page.links) == set(re.findall(r"https?://\S+", mail.text))


def test_a_mail_reads_without_pictures_by_day_and_by_night_and_fetches_nothing_else() -> None:
    mail = write_mail(every_block("Waves"), DESIGN)
    page = read(mail.html)

    assert mail.html.startswith('<!doctype html>\n<html lang="de" dir="ltr">')
    assert "prefers-color-scheme:dark" in mail.html
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    colors = DESIGN.colors
    assert colors is not None
    assert f"background:{colors.light};color:{colors.on_light}" in mail.html
    alone, of_item = page.pictures
    assert (alone["alt"], alone["width"]) == ("Waves", "240")
    assert "font-size" in (alone["style"] or ""), "It says so where pictures are not shown."
    assert of_item["src"] == "https://sea.example/a.jpg?a=1&b=2"
    assert (of_item["alt"], of_item["width"]) == ("", "64"), "Its title is beside it."
    assert not {"script", "link", "iframe", "form", "input"} & set(page.tags)
    assert "url(" not in mail.html
    assert not any(name.startswith("on") for name in page.attributes)
    assert max(map(len, mail.html.split("\n"))) <= 998


def test_fifty_items_stay_below_what_mail_programs_cut_off() -> None:
    items = [Item("<" * 100, "&" * 100, PAGE, "https://sea.example/a.jpg")] * 50
    mail = write_mail(letter(ItemList(items)), DESIGN)

    assert len(mail.html.encode()) < 100_000


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/page", "https://a b", "https://a\n", ""])
def test_a_link_leads_to_a_page_or_there_is_no_mail(url: str) -> None:
    for block in (Button("Go", url), MailPicture(url, "", 64), ItemList([Item("Waves", url=url)])):
        with pytest.raises(ValueError, match="leads to no page"):
            write_mail(letter(block), DESIGN)


def test_a_value_alone_is_quoted_and_adds_no_paragraph() -> None:
    template = MailTemplate("From $name", ["Hello $name,", "$name", "> Read"])
    values = {"name": "Eve\n\n> Click"}

    assert fill_subject(template, values) == "From Eve\n\n> Click"
    assert fill_blocks(template, values, PAGE) == [
        Paragraph("Hello Eve\n\n> Click,"),
        Quote("Eve\n\n> Click"),
        Button("Read", PAGE),
    ]
    with pytest.raises(KeyError):
        fill_blocks(template, values)
