"""Reads the templates of mails from the folder `mails` of a domain: a file for each language.

A line `# name` begins a mail. Its first line is the subject; paragraphs follow after empty lines.
`> label` is the button that leads to the link of the mail, and a value alone is quoted with its
lines. Values are placed after the paragraphs are told apart, so that no value adds one. A sentence
that others use is a mail of a subject alone.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from string import Template

from msgspec import Struct

from veza.core.languages import Language
from veza.domains.platform.mail.models import Block, Button, Paragraph, Quote

_VALUE = re.compile(r"\$(\w+)")


class MailTemplate(Struct, frozen=True):
    """The subject and the paragraphs of a mail, with places for values."""

    subject: str
    paragraphs: Sequence[str]


@cache
def load_templates(package: str, language: Language) -> Mapping[str, MailTemplate]:
    """Return the mails of a domain in a language, by their names."""
    text = (resources.files(package) / "mails" / f"{language}.txt").read_text()
    found: dict[str, MailTemplate] = {}
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        heading, *paragraphs = re.split(r"\n{2,}", part.strip())
        name, subject = heading.split("\n")
        found[name] = MailTemplate(subject, paragraphs)
    return found


def say(package: str, language: Language, name: str, /, **values: str) -> str:
    """Return a sentence of a domain in a language. Raises KeyError for a value that is missing."""
    return fill_subject(load_templates(package, language)[name], values)


def fill_subject(template: MailTemplate, values: Mapping[str, str]) -> str:
    """Return the subject with its values. Raises KeyError for a value that is missing."""
    return Template(template.subject).substitute(values)


def fill_blocks(
    template: MailTemplate, values: Mapping[str, str], link: str | None = None
) -> list[Block]:
    """Return the paragraphs with their values. Raises KeyError for a value that is missing.

    Buttons lead to `link`; there must be one if there is a button.
    """
    return [_fill(each, values, link) for each in template.paragraphs]


def _fill(paragraph: str, values: Mapping[str, str], link: str | None) -> Block:
    alone = _VALUE.fullmatch(paragraph)
    if alone is not None:
        return Quote(values[alone[1]])
    if paragraph.startswith("> "):
        if link is None:
            raise KeyError("link")
        return Button(Template(paragraph[2:]).substitute(values), link)
    return Paragraph(Template(paragraph).substitute(values))
