"""What mails say, and how they are counted."""

import pytest

from veza.domains.auth.recovery.models import MailPurpose, SiteUrls
from veza.domains.auth.recovery.rules import (
    TOKEN_LIFETIMES,
    hash_token,
    mail_count_key,
    write_mail_text,
)

TOKEN = "kQ0T5bC3tV9l4Zb0o1rN8yXh2sWJd6uEaP7gMiFqLnY"
WITH = SiteUrls("https://app.example/music", "https://api.example/api/v1", has_front_end=True)
WITHOUT = SiteUrls("http://localhost:8080", "http://localhost:8080/api/v1", has_front_end=False)

LINKS = [
    (MailPurpose.PASSWORD_RESET, "reset-password", "within an hour"),
    (MailPurpose.EMAIL_VERIFICATION, "verify-email", "within seven days"),
]


@pytest.mark.parametrize(("purpose", "path", "life"), LINKS)
def test_a_link_leads_to_the_front_end_with_its_token_in_the_fragment(
    purpose: MailPurpose, path: str, life: str
) -> None:
    letter = write_mail_text(WITH, purpose, username="ada", token=TOKEN)

    assert f"\n\nhttps://app.example/music/{path}#token={TOKEN}\n\n" in letter.text
    assert letter.text.count(TOKEN) == 1
    assert letter.text.startswith("Hello ada,\n")
    assert life in letter.text
    assert "curl" not in letter.text
    assert "app.example" in letter.subject


@pytest.mark.parametrize(("purpose", "path", "life"), LINKS)
def test_without_a_front_end_the_mail_says_the_call(
    purpose: MailPurpose, path: str, life: str
) -> None:
    letter = write_mail_text(WITHOUT, purpose, username="ada", token=TOKEN)

    assert f"http://localhost:8080/{path}#token={TOKEN}" in letter.text
    (line,) = [line for line in letter.text.splitlines() if line.startswith("curl")]
    assert TOKEN in line
    assert line.startswith("curl http://localhost:8080/api/v1/auth/")


@pytest.mark.parametrize("purpose", [MailPurpose.PASSWORD_CHANGED, MailPurpose.EMAIL_CHANGED])
def test_news_hold_no_link_and_say_what_to_do_if_it_was_somebody_else(purpose: MailPurpose) -> None:
    letter = write_mail_text(WITHOUT, purpose, username="ada", token=None)

    assert "token" not in letter.text
    assert "http" not in letter.text
    assert "If it wasn't you" in letter.text
    assert "localhost:8080" in letter.text


@pytest.mark.parametrize("purpose", list(MailPurpose))
def test_a_mail_is_plain_and_narrow(purpose: MailPurpose) -> None:
    token = TOKEN if purpose in TOKEN_LIFETIMES else None
    letter = write_mail_text(WITH, purpose, username="m" * 30, token=token)

    assert (letter.subject + letter.text).isascii()
    assert letter.subject.isprintable()
    lines = [line for line in letter.text.splitlines() if TOKEN not in line]
    assert max(map(len, lines)) <= 100
    assert "{" not in letter.text


def test_mails_are_counted_for_each_purpose_and_address_without_naming_it() -> None:
    key = mail_count_key(MailPurpose.PASSWORD_RESET, "Ada@Example.com")

    assert key == mail_count_key(MailPurpose.PASSWORD_RESET, "ada@example.com")
    assert key != mail_count_key(MailPurpose.EMAIL_VERIFICATION, "ada@example.com")
    assert key != mail_count_key(MailPurpose.PASSWORD_RESET, "bob@example.com")
    assert "ada" not in key.lower()


def test_what_is_kept_of_a_token_is_not_the_token() -> None:
    assert len(hash_token(TOKEN)) == 32
    assert hash_token(TOKEN) != hash_token(TOKEN.lower())
