"""A message that is filled in is the one that `email` writes for the same recipient."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import SMTP, SMTPUTF8
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veza.core.clock import now
from veza.core.ids import new_id
from veza.infra.mail.bulk_messages import BulkMail, BulkMessages, SharedMail, compose_bulk
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.mailer import Mail, MailRefused

TOKENS = DeliveryTokens(b"k" * 32)
SENDER = Address("Veza", "news", "example.org")
PLACE = "m.PLACE-of_the.Token"
POLICIES = [
    policy.clone(cte_type=cte_type) for policy in (SMTP, SMTPUTF8) for cte_type in ("8bit", "7bit")
]

_LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40
)
_PART = _LINE | st.sampled_from([PLACE, "\n", "\n.\n", "\nFrom here", "=20", " " * 80, "x" * 990])
TEXTS = st.lists(_PART, max_size=12).map("".join)
MAILBOXES = st.from_regex(r"[a-z0-9_+-]{1,12}(\.[a-z0-9]{1,40})?", fullmatch=True)
ADDRESSES = st.builds("{}@{}".format, MAILBOXES, st.sampled_from(["a.example", "b" * 30 + ".org"]))
ODD_ADDRESSES = st.sampled_from(
    [
        "a,b@example.com",
        "gröber@example.com",
        "a..b@example.com",
        "a@localhost",
        "x" * 64 + "@abcdef.gh",
    ]
)
VALUES = st.text("abcXYZ019._-", min_size=len(PLACE), max_size=len(PLACE)) | st.text(
    "ab", max_size=30
)


def bulk(shared: SharedMail, to: str = "ada@example.com", value: str | None = None) -> BulkMail:
    token = TOKENS.write(new_id(), to)
    return BulkMail(shared, to, "", token, "v" * len(shared.place) if value is None else value)


def shared_mail(text: str = f"Hello {PLACE}", **changes: str) -> SharedMail:
    url = f"https://music.example/api/v1/{PLACE}/unsubscribe"
    mail = Mail("", "Näws", text, html=f"<p>{text}</p>", unsubscribe_url=url)
    return SharedMail(mail, "night-ferry", **{"place": PLACE, **changes})


def comparable(content: bytes) -> bytes:
    """Return a message without its date and its boundary, which are others each time."""
    sent = message_from_bytes(content)
    assert abs(parsedate_to_datetime(sent["Date"]) - now()) < timedelta(minutes=5)
    found = re.search(rb'boundary="([^"]+)"', content)
    assert found is not None
    content = content.replace(found[1], b"BOUNDARY")
    return re.sub(rb"(?m)^Date: .*$", b"Date:", content, count=1)


@pytest.mark.long
@settings(max_examples=50)
@given(TEXTS, st.lists(st.tuples(ADDRESSES | ODD_ADDRESSES, VALUES), max_size=3), st.integers(0, 3))
def test_a_filled_message_is_the_plain_one(
    text: str, recipients: list[tuple[str, str]], policy: int
) -> None:
    shared, messages = shared_mail(text), BulkMessages(SENDER)
    for to, value in [*recipients, ("ada@example.com", "v" * len(PLACE))]:
        one = bulk(shared, to, value)
        plain = compose_bulk(one, SENDER).as_bytes(policy=POLICIES[policy])
        filled = messages.compose(one).as_bytes(policy=POLICIES[policy])
        assert comparable(filled) == comparable(plain)


def boundaries(shared: SharedMail, *recipients: str) -> set[bytes]:
    messages = BulkMessages(SENDER)
    contents = [messages.compose(bulk(shared, to)).as_bytes(policy=SMTP) for to in recipients]
    return {found[1] for each in contents if (found := re.search(rb'boundary="([^"]+)"', each))}


def test_what_does_not_differ_is_written_once() -> None:
    shared = shared_mail(f"Hellö {PLACE}")
    people = [f"fan-{number}@example.com" for number in range(5)]
    assert len(boundaries(shared, *people)) == 1
    # Addresses that a header quotes, encodes or folds have a message of their own.
    assert (
        len(boundaries(shared, "ada@example.com", "a,b@example.com", f"{'x' * 64}@abcdef.gh")) == 3
    )
    # So has each mail where an encoding hides what differs.
    assert len(boundaries(shared_mail("ö" * 999 + PLACE), *people)) == 5


def test_mails_take_turns_in_a_session() -> None:
    messages = BulkMessages(SENDER)
    for text in ("One", "Two", "One"):
        shared = shared_mail(text, place="")
        content = messages.compose(bulk(shared)).as_bytes(policy=SMTP)
        assert text.encode() in content


@pytest.mark.parametrize("end", ["\nBcc: eve@example.com", "\r\n\r\nHello"])
def test_nothing_that_differs_adds_a_header(end: str) -> None:
    shared, messages = shared_mail(), BulkMessages(SENDER)
    value = "v" * (len(PLACE) - len(end)) + end
    for one in (
        bulk(shared, f"ada@example.com{end}"),
        bulk(shared, value=value),
        BulkMail(shared, "ada@example.com", "", f"token{end}", "v" * len(PLACE)),
    ):
        with pytest.raises((MailRefused, ValueError)):
            messages.compose(one)
