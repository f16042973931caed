"""Writes the text of a mail, for readers without HTML: each link below its label."""

import textwrap
from collections.abc import Iterator

from veza.domains.platform.mail.models import (
    Button,
    FactList,
    Heading,
    ItemList,
    Letter,
    MailDesign,
    MailPicture,
    Paragraph,
    Quote,
    SmallPrint,
)
from veza.domains.platform.mail.rules.cleaning import clean_line, clean_lines
from veza.domains.platform.mail.rules.words import name_unsubscribing

_WIDTH = 78

type _Written = Heading | Paragraph | Quote | Button | ItemList | FactList | SmallPrint


def write_text(letter: Letter, design: MailDesign) -> str:
    """Return the text of a mail, with its footer below the line that signatures have."""
    blocks = [_write_block(each) for each in letter.blocks if not isinstance(each, MailPicture)]
    return "\n\n".join([*blocks, "\n".join(_write_footer(letter, design))]) + "\n"


def _write_block(block: _Written) -> str:
    match block:
        case Heading(text) | Paragraph(text) | SmallPrint(text):
            return _wrap(text)
        case Quote(text):
            return textwrap.indent(clean_lines(text), "> ", lambda _: True)
        case Button(label, url):
            return f"{_wrap(label)}:\n{url}"
        case ItemList():
            return "\n".join(_write_items(block))
        case FactList(facts):
            return "\n".join(
                f"{clean_line(each.label)}: {clean_line(each.value)}" for each in facts
            )


def _write_items(block: ItemList) -> Iterator[str]:
    if block.title:
        yield f"{clean_line(block.title)}\n"
    for item in block.items:
        yield _wrap(f"- {item.title}", "  ")
        if item.detail:
            yield _wrap(f"  {item.detail}", "  ")
        if item.url:
            yield f"  {item.url}"


def _write_footer(letter: Letter, design: MailDesign) -> Iterator[str]:
    # RFC 3676, 4.3.
    yield "-- "
    yield f"{clean_line(design.name)}: {design.front_end}"
    yield _wrap(letter.reason)
    if letter.unsubscribe_page is not None:
        yield f"{name_unsubscribing(letter.language)}: {letter.unsubscribe_page}"


def _wrap(text: str, indent: str = "") -> str:
    """Return a paragraph in lines that mail programs don't break; a link stays whole."""
    lead = text[: len(text) - len(text.lstrip())]
    return textwrap.fill(
        clean_line(text),
        _WIDTH,
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
