"""Every kind of notification as a mail in each language, and the signed links that end them."""

import re
from datetime import UTC, datetime

import pytest

from veza.core.ids import NotificationId, ProductId, UserId, new_id
from veza.core.languages import Language
from veza.core.signed_urls import UrlSigner
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.notifications.by_mail import rules
from veza.domains.notifications.by_mail.models import UnsubscribeToken
from veza.domains.notifications.inbox.models import (
    Excerpt,
    Notification,
    NotifiedTip,
    ProposedSplit,
    SoldSubject,
    TitledSubject,
)
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.notifications.preferences.rules import KINDS
from veza.domains.platform.mail.models import Letter, MailDesign, Quote
from veza.domains.platform.mail.rules.layout import write_mail

EVIL = "Eve\r\nBcc: eve@example.com <script>$title"
SIGNER = UrlSigner(b"k" * 32, "/api/v1")
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def notification(kind: NotificationKind, actors_count: int = 1, **subjects: object) -> Notification:
    actor = NamedMember(UserId(new_id()), "eve", EVIL, "eve", None)
    fields = dict.fromkeys(Notification.__struct_fields__)
    fields |= {
        "id": NotificationId(new_id()),
        "kind": kind,
        "is_read": False,
        "actors": [actor] * min(actors_count, 3),
        "actors_count": actors_count,
        "created_at": NOW,
        "told_at": NOW,
    }
    return Notification(**(fields | subjects))


@pytest.mark.parametrize("language", Language)
def test_every_kind_is_a_mail_whose_names_are_only_names(language: Language) -> None:
    subject = TitledSubject(new_id(), EVIL)
    sale = SoldSubject(new_id(), EVIL, LineKind.PRODUCT, 1200, "EUR", None)
    said: dict[NotificationKind, str] = {}
    for kind in KINDS:
        for count in (0, 1, 2, 3, 5):
            comment = Excerpt(new_id(), EVIL)
            shown = notification(kind, count, track=subject, sale=sale, comment=comment)
            sentence = rules.write_sentence(language, shown)
            blocks = rules.write_blocks(language, shown, "https://sea.example/x")
            mail = write_mail(
                Letter(language, sentence, blocks, "Because."),
                MailDesign("Sea", "https://sea.example"),
            )
            said[kind] = sentence
            assert mail.subject.isprintable()
            assert not re.search(r"\$(who|name|count|other)", sentence)
            assert "<script>" not in mail.html
            assert "https://sea.example/x" in mail.text
            assert ("12.00 EUR" in mail.text) == (kind == "sale")
    assert len(set(said.values())) == len(KINDS)


def test_a_notification_leads_to_the_page_that_it_is_about() -> None:
    subject = TitledSubject(new_id(), "Waves")
    assert rules.page_of(notification(NotificationKind.FOLLOW)) == "/artists/eve"
    assert rules.page_of(notification(NotificationKind.SALE)) == "/notifications"
    asked = notification(NotificationKind.CREDIT_REQUEST, track=subject)
    assert rules.page_of(asked) == "/settings/profiles"
    shown = notification(NotificationKind.RELEASE_PUBLISHED, release=subject)
    assert rules.page_of(shown) == f"/releases/{subject.id}"
    expiring = notification(NotificationKind.RECORDING_EXPIRING, 0, stream=subject)
    assert rules.page_of(expiring) == "/studio/live/recordings"


@pytest.mark.parametrize("language", Language)
def test_a_proposed_split_says_whether_it_is_of_a_title_or_of_support(language: Language) -> None:
    kind, person = NotificationKind.SPLIT_PROPOSAL, UserId(new_id())
    of_product = ProposedSplit(new_id(), "Waves", ProductId(new_id()), None, None)
    of_support = ProposedSplit(new_id(), "Nova", None, None, person)
    sold, given = (
        rules.write_sentence(language, notification(kind, split=each))
        for each in (of_product, of_support)
    )
    assert "Waves" in sold
    assert "Nova" not in given
    assert sold != given


@pytest.mark.parametrize("kind", [None, NotificationKind.SALE])
def test_a_link_ends_what_it_was_signed_for_and_nothing_else(kind: NotificationKind | None) -> None:
    token = UnsubscribeToken(UserId(new_id()), kind)
    text = rules.sign_token(SIGNER, token)
    user_id, name, signature = text.split(".")

    assert rules.read_token(SIGNER, text) == token
    assert rules.read_token(UrlSigner(b"x" * 32, "/api/v1"), text) is None
    for wrong in (
        f"{new_id().hex}.{name}.{signature}",
        f"{user_id}.follow.{signature}",
        f"{user_id}.{name}.{signature[:-2]}",
        f"{user_id}.{name}.",
        f"{user_id.upper()}.{name}.{signature}",
        f"{user_id}.{name}.{signature}é",
        f"{user_id}.{name}",
        "..",
        "",
        "\udcff",
    ):
        assert rules.read_token(SIGNER, wrong) is None


@pytest.mark.parametrize("language", Language)
def test_a_tip_says_who_gave_how_much_and_quotes_their_words(language: Language) -> None:
    for giver in ("Maren", None):
        tip = NotifiedTip(giver, 500, "Encore!")
        sale = SoldSubject(new_id(), "Nova", LineKind.TIP, 450, "EUR", tip)
        shown = notification(NotificationKind.SALE, 0, sale=sale)
        sentence = rules.write_sentence(language, shown)
        assert "5.00 EUR" in sentence
        assert (giver or "") in sentence
        assert rules.page_of(shown) == "/studio/sales/tips"
        assert Quote("Encore!") in rules.write_blocks(language, shown, "https://sea.example/x")
