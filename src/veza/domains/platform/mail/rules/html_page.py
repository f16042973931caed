"""Writes the HTML of a mail, as mail programs show it.

They know tables and styles of elements, few know style sheets, and many show no pictures. So each
element has its colours by day; the sheet changes them by night where it is read. Nothing is
fetched but pictures.
"""

from collections.abc import Iterator
from html import escape

from veza.core.site_identity import SiteColors
from veza.domains.platform.mail.models import (
    Block,
    Button,
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
from veza.domains.platform.mail.rules.cleaning import clean_line, clean_lines, is_web_address
from veza.domains.platform.mail.rules.words import name_unsubscribing

# Of `web/src/styles/tokens.css`.
_PAPER, _SURFACE, _INK, _INK_2, _LINE = "#f6f6f3", "#ffffff", "#191b18", "#4b5049", "#d2d4cd"
_NIGHT_PAPER, _NIGHT_SURFACE, _NIGHT_INK = "#121311", "#1a1b19", "#f1f2ed"
_NIGHT_INK_2, _NIGHT_LINE = "#b6bab1", "#3a3d38"
_HOUSE = SiteColors(light="#191b18", on_light="#ffffff", dark="#f1f2ed", on_dark="#161715")
_FONT = "-apple-system,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif"
_TABLE = '<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'
_PICTURE_PX = 64
_BODY = (
    f'<tr><td class="surface" style="background:{_SURFACE};padding:28px 24px 12px;'
    f'border-radius:0 0 8px 8px;font-family:{_FONT};font-size:16px;line-height:1.55;">'
)
_TEXTS = {
    Heading: '<h1 class="ink" style="margin:0 0 16px;font-size:24px;line-height:1.2;'
    f'color:{_INK};">{{}}</h1>',
    Paragraph: f'<p class="ink" style="margin:0 0 16px;color:{_INK};">{{}}</p>',
    SmallPrint: f'<p class="ink-2" style="margin:0 0 16px;font-size:13px;color:{_INK_2};">{{}}</p>',
}


def write_html(letter: Letter, design: MailDesign) -> str:
    """Return a mail as a page of HTML. All values are escaped."""
    colors = design.colors or _HOUSE
    language = letter.language.value
    parts = [
        f'<!doctype html>\n<html lang="{language}" dir="ltr">\n<head>',
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="supported-color-schemes" content="light dark">',
        f"<title>{_line(letter.subject)}</title>",
        _write_sheet(colors),
        "</head>",
        f'<body class="paper" style="margin:0;padding:0;background:{_PAPER};">',
        f'{_TABLE} class="paper" style="background:{_PAPER};"><tr>',
        '<td align="center" style="padding:24px 12px;">',
        f'{_TABLE} lang="{language}" style="max-width:600px;">',
        _write_name(design, colors),
        _BODY,
        *(_write_block(block, colors) for block in letter.blocks),
        "</td></tr>",
        _write_footer(letter, design),
        "</table></td></tr></table>\n</body>\n</html>",
    ]
    return "\n".join(parts) + "\n"


def _write_sheet(colors: SiteColors) -> str:
    night = {
        ".paper": f"background:{_NIGHT_PAPER} !important",
        ".surface": f"background:{_NIGHT_SURFACE} !important",
        ".ink": f"color:{_NIGHT_INK} !important",
        ".ink-2": f"color:{_NIGHT_INK_2} !important",
        ".line": f"border-color:{_NIGHT_LINE} !important",
        ".bar": f"border-color:{colors.dark} !important",
        ".button": f"background:{colors.dark} !important;color:{colors.on_dark} !important",
    }
    rules = "".join(f"{name}{{{style}}}" for name, style in night.items())
    return (
        "<style>:root{color-scheme:light dark;supported-color-schemes:light dark;}"
        f"\n@media (prefers-color-scheme:dark){{{rules}}}</style>"
    )


def _write_name(design: MailDesign, colors: SiteColors) -> str:
    return (
        f'<tr><td class="surface bar ink" style="background:{_SURFACE};padding:20px 24px 0;'
        f"border-top:4px solid {colors.light};border-radius:8px 8px 0 0;color:{_INK};"
        f'font-family:{_FONT};font-size:16px;font-weight:700;">'
        f"{_link(design.front_end, _line(design.name))}</td></tr>"
    )


def _write_block(block: Block, colors: SiteColors) -> str:
    match block:
        case Heading() | Paragraph() | SmallPrint():
            return _TEXTS[type(block)].format(_line(block.text))
        case Quote(text):
            return _write_quote(text)
        case Button(label, url):
            return _write_button(label, url, colors)
        case MailPicture():
            return _write_picture(block)
        case ItemList():
            return "\n".join(_write_items(block))
        case FactList():
            return "\n".join(_write_facts(block))


def _write_quote(text: str) -> str:
    lines = "<br>\n".join(escape(line) for line in clean_lines(text).split("\n"))
    style = (
        f"margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid {_LINE};color:{_INK};"
        "overflow-wrap:anywhere;"
    )
    return f'<blockquote class="ink line" style="{style}">{lines}</blockquote>'


def _write_button(label: str, url: str, colors: SiteColors) -> str:
    style = (
        f"display:inline-block;padding:12px 20px;border-radius:8px;background:{colors.light};"
        f"color:{colors.on_light};font-weight:600;text-decoration:none;"
    )
    link = f'<a class="button" href="{_address(url)}" style="{style}">{_line(label)}</a>'
    return f'<p style="margin:0 0 20px;">{link}</p>'


def _write_items(block: ItemList) -> Iterator[str]:
    if block.title:
        style = f"margin:8px 0 12px;font-size:17px;line-height:1.3;color:{_INK};"
        yield f'<h2 class="ink" style="{style}">{_line(block.title)}</h2>'
    yield f'{_TABLE} style="margin:0 0 16px;">'
    has_pictures = any(item.picture_url for item in block.items)
    for item in block.items:
        yield f"<tr>{_write_picture_of(item) if has_pictures else ''}{_write_item(item)}</tr>"
    yield "</table>"


def _write_picture(block: MailPicture) -> str:
    # The alternative is as large as text where pictures are not shown.
    style = f"color:{_INK};font-family:{_FONT};font-size:14px;line-height:1.3;"
    return f'<p style="margin:0 0 16px;">{_image(block, style)}</p>'


def _image(picture: MailPicture, style: str = "") -> str:
    shape = "50%" if picture.is_person else "3px"
    return (
        f'<img class="ink" src="{_address(picture.url)}" alt="{_line(picture.alt)}" '
        f'width="{picture.side_px}" height="{picture.side_px}" '
        f'style="display:block;border-radius:{shape};{style}">'
    )


def _write_picture_of(item: Item) -> str:
    cell = f'<td width="{_PICTURE_PX + 12}" valign="top" style="padding:0 12px 12px 0;">'
    if item.picture_url is None:
        return f"{cell}</td>"
    # Beside its title a picture says nothing more.
    return f"{cell}{_image(MailPicture(item.picture_url, '', _PICTURE_PX, item.is_person))}</td>"


def _write_item(item: Item) -> str:
    title = _line(item.title)
    shown = title if item.url is None else _link(item.url, title)
    detail = f'<br><span class="ink-2" style="color:{_INK_2};">{_line(item.detail)}</span>'
    return (
        f'<td class="ink" valign="top" style="padding:0 0 12px;color:{_INK};font-family:{_FONT};'
        f'font-size:16px;line-height:1.4;overflow-wrap:anywhere;">{shown}'
        f"{detail if item.detail else ''}</td>"
    )


def _write_facts(block: FactList) -> Iterator[str]:
    style = f"padding:8px 0;border-bottom:1px solid {_LINE};color:{_INK};"
    cell = f'class="ink line" valign="top" style="{style}font-family:{_FONT};font-size:16px;'
    yield f'{_TABLE} style="margin:0 0 20px;">'
    for fact in block.facts:
        weight = "font-weight:700;" if fact.is_strong else ""
        yield (
            f'<tr><td {cell}{weight}overflow-wrap:anywhere;">{_line(fact.label)}</td>'
            f'<td align="right" {cell}{weight}">{_line(fact.value)}</td></tr>'
        )
    yield "</table>"


def _write_footer(letter: Letter, design: MailDesign) -> str:
    lines = [_link(design.front_end, _line(design.name)), _line(letter.reason)]
    if letter.unsubscribe_page is not None:
        lines.append(_link(letter.unsubscribe_page, name_unsubscribing(letter.language)))
    style = f"padding:16px 24px;font-family:{_FONT};font-size:13px;line-height:1.5;color:{_INK_2};"
    return f'<tr><td class="ink-2" style="{style}">' + "<br>\n".join(lines) + "</td></tr>"


def _link(url: str, text: str) -> str:
    # In the colour of what surrounds it, and so readable by day and by night.
    return f'<a href="{_address(url)}" style="color:inherit;">{text}</a>'


def _line(text: str) -> str:
    return escape(clean_line(text))


def _address(url: str) -> str:
    """Return an address for an attribute. Raises ValueError if it is none of a page."""
    if not is_web_address(url):
        raise ValueError(f"{url!r} leads to no page.")
    return escape(url)
