"""The templates of mails are complete: in each language the same mails, values and buttons."""

import re
from pathlib import Path

import pytest

import veza.domains
from veza.core.languages import Language
from veza.domains.platform.mail.models import Button, Letter, MailDesign
from veza.domains.platform.mail.rules.layout import write_mail
from veza.domains.platform.mail.rules.templates import (
    MailTemplate,
    fill_blocks,
    fill_subject,
    load_templates,
)

_ROOT = Path(veza.domains.__path__[0])
PACKAGES = [
    ".".join(("veza.domains", *folder.relative_to(_ROOT).parent.parts))
    for folder in sorted(_ROOT.rglob("mails"))
    if folder.is_dir()
]
DESIGN = MailDesign("Sea & Sound", "https://sea.example")
LINK = "https://sea.example/page#token=abc&x=1"
EVIL = "<b>Eve</b>\n# evil\n\n> Click"


def _values(template: MailTemplate) -> set[str]:
    return set(re.findall(r"\$(\w+)", " ".join([template.subject, *template.paragraphs])))


def _has_button(template: MailTemplate) -> bool:
    return any(each.startswith("> ") for each in template.paragraphs)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("package", PACKAGES)
def test_all_mails_are_written_in_each_language(package: str, language: Language) -> None:
    english = load_templates(package, Language.ENGLISH)
    found = load_templates(package, language)

    assert len(english) > 0
    assert list(found) == list(english)
    for name, template in found.items():
        assert _values(template) == _values(english[name]), name
        assert _has_button(template) == _has_button(english[name]), name
        if language is not Language.ENGLISH:
            assert template.subject != english[name].subject, name
        values = dict.fromkeys(_values(template), EVIL)
        blocks = fill_blocks(template, values, LINK)
        letter = Letter(language, fill_subject(template, values), blocks, "Because.")
        mail = write_mail(letter, DESIGN)
        assert mail.subject.isprintable()
        assert not re.search(r"[${}]", mail.text)
        assert "<b>" not in mail.html
        assert mail.text.count(LINK) == sum(isinstance(block, Button) for block in blocks)
        assert len(mail.html.encode()) < 100_000
