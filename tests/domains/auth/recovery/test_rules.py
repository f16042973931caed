"""The texts of mails, the keys that count them, and hashes of tokens."""

import re
from importlib import resources

import pytest

from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.auth.recovery.rules import (
    NOTICES,
    hash_token,
    mail_count_key,
    page_of,
    write_mail_text,
)

TOKEN = "kQ0T5bC3tV9l4Zb0o1rN8yXh2sWJd6uEaP7gMiFqLnY"
FRONT_END = "https://app.example/music"

LINKS = [
    (MailPurpose.PASSWORD_RESET, "reset-password", "within an hour"),
    (MailPurpose.EMAIL_VERIFICATION, "verify-email", "within seven days"),
    *((purpose, "not-me", "If it wasn't you") for purpose in sorted(NOTICES)),
]


@pytest.mark.parametrize(("purpose", "path", "life"), LINKS)
def test_a_link_leads_to_the_front_end_with_its_token_in_the_fragment(
    purpose: MailPurpose, path: str, life: str
) -> None:
    page = page_of(purpose, TOKEN)
    mail = write_mail_text(FRONT_END, purpose, name="ada", page=page)

    assert f"\n\nhttps://app.example/music/{path}#token={TOKEN}\n\n" in mail.text
    assert mail.text.count(TOKEN) == 1
    assert mail.text.startswith("Hello ada,\n")
    assert life in mail.text
    assert "app.example" in mail.subject


@pytest.mark.parametrize("purpose", list(MailPurpose))
def test_a_mail_is_plain_and_narrow(purpose: MailPurpose) -> None:
    page = page_of(purpose, TOKEN)
    mail = write_mail_text(FRONT_END, purpose, name="m" * 60, page=page)

    assert (mail.subject + mail.text).isascii()
    assert mail.subject.isprintable()
    lines = [line for line in mail.text.splitlines() if TOKEN not in line]
    assert max(map(len, lines)) <= 100
    assert not re.search(r"[{}$]", mail.subject + mail.text)


def test_every_template_is_used() -> None:
    folder = resources.files("veza.domains.auth.recovery") / "mails"
    templates = {template.name for template in folder.iterdir()}
    assert templates == {f"{purpose}.txt" for purpose in MailPurpose}


def test_mails_are_counted_for_each_purpose_and_address_without_naming_it() -> None:
    key = mail_count_key(MailPurpose.PASSWORD_RESET, "Ada@Example.com")

    assert key == mail_count_key(MailPurpose.PASSWORD_RESET, "ada@example.com")
    assert key != mail_count_key(MailPurpose.EMAIL_VERIFICATION, "ada@example.com")
    assert key != mail_count_key(MailPurpose.PASSWORD_RESET, "bob@example.com")
    assert "ada" not in key.lower()


def test_what_is_kept_of_a_token_is_not_the_token() -> None:
    assert len(hash_token(TOKEN)) == 32
    assert hash_token(TOKEN) != hash_token(TOKEN.lower())
