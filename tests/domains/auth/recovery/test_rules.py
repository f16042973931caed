"""The pages of mails, the keys that count them, and hashes of tokens."""

import pytest

from veza.core.languages import Language
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.auth.recovery.rules import NOTICES, hash_token, page_of
from veza.domains.platform.mail.rules.limits import mail_count_key
from veza.domains.platform.mail.rules.templates import load_templates

TOKEN = "kQ0T5bC3tV9l4Zb0o1rN8yXh2sWJd6uEaP7gMiFqLnY"

LINKS = [
    (MailPurpose.PASSWORD_RESET, "reset-password", "within an hour"),
    (MailPurpose.EMAIL_VERIFICATION, "verify-email", "within seven days"),
    *((purpose, "not-me", "If it wasn't you") for purpose in sorted(NOTICES)),
]


@pytest.mark.parametrize(("purpose", "path", "life"), LINKS)
def test_a_link_has_its_token_in_the_fragment_and_a_mail_says_how_long_it_lives(
    purpose: MailPurpose, path: str, life: str
) -> None:
    assert page_of(purpose, TOKEN) == f"/{path}#token={TOKEN}"
    template = load_templates("veza.domains.auth.recovery", Language.ENGLISH)[purpose]
    assert life in " ".join(template.paragraphs)
    assert "$host" in template.subject


def test_each_purpose_has_a_mail_and_each_mail_a_purpose() -> None:
    found = load_templates("veza.domains.auth.recovery", Language.ENGLISH)
    assert set(found) == set(MailPurpose)


def test_mails_are_counted_for_each_purpose_and_address_without_naming_it() -> None:
    key = mail_count_key(MailPurpose.PASSWORD_RESET, "Ada@Example.com")

    assert key == mail_count_key(MailPurpose.PASSWORD_RESET, "ada@example.com")
    assert key != mail_count_key(MailPurpose.EMAIL_VERIFICATION, "ada@example.com")
    assert key != mail_count_key(MailPurpose.PASSWORD_RESET, "bob@example.com")
    assert "ada" not in key.lower()


def test_what_is_kept_of_a_token_is_not_the_token() -> None:
    assert len(hash_token(TOKEN)) == 32
    assert hash_token(TOKEN) != hash_token(TOKEN.lower())
