"""A broadcast is written once, and gets the link to unsubscribe of each recipient."""

from uuid import UUID, uuid4

from msgspec import Struct, structs

from veza.core.ids import BroadcastId, UserId, new_id
from veza.core.people import API_PATH, avatar_url
from veza.domains.mailings.broadcasts.models import (
    Audience,
    BroadcastPreview,
    ClaimedRecipient,
    SentBroadcast,
)
from veza.domains.mailings.broadcasts.rules import words, writing
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.subscribers.models import UnsubscribeLink
from veza.domains.mailings.subscribers.service import sign_unsubscribe
from veza.domains.platform.mail.models import Item, ItemList, Letter
from veza.infra.mail.bulk_messages import BulkMail, SharedMail


class WrittenBroadcast(Struct, frozen=True):
    """A broadcast as text and HTML, with a place for the token of each link to unsubscribe."""

    context: BroadcastContext
    profile_id: UserId
    broadcast_id: BroadcastId
    shared: SharedMail

    def to_one(self, email: str, owner: UserId) -> BulkMail:
        """Return the mail to an address that can't unsubscribe by it."""
        token = self.context.tokens.write(new_id(), email)
        return BulkMail(self.shared, email, str(owner), token)

    def to(self, recipient: ClaimedRecipient) -> BulkMail:
        """Return the mail to a recipient who has an address."""
        assert recipient.email is not None
        subject_id: UUID | None = recipient.user_id or recipient.subscription_id
        assert subject_id is not None
        link = UnsubscribeLink(
            self.profile_id, recipient.user_id is not None, subject_id, self.broadcast_id
        )
        return BulkMail(
            self.shared,
            recipient.email,
            str(subject_id),
            self.context.tokens.write(recipient.id, recipient.email),
            sign_unsubscribe(self.context.subscribers, link),
        )


def write(
    context: BroadcastContext, broadcast: SentBroadcast, *, is_test: bool = False
) -> WrittenBroadcast:
    """Write a broadcast; that of a test has no link that unsubscribes."""
    mailer, place = context.mailer, "" if is_test else _draw_place(context, broadcast)
    subject = broadcast.subject
    if is_test:
        subject = words.name_test(broadcast.language, subject)
    page = f"{mailer.front_end}/mail/unsubscribe"
    letter = Letter(
        language=broadcast.language,
        subject=subject,
        blocks=[
            ItemList([_show_sender(context, broadcast)]),
            *writing.list_blocks(broadcast.subject, broadcast.text),
        ],
        reason=words.explain(
            broadcast.language,
            sender=broadcast.sender,
            host=mailer.host,
            to_members=broadcast.audience is Audience.MEMBERS,
        ),
        unsubscribe_page=page if is_test else f"{page}#token={place}",
    )
    written = mailer.write(letter, "", owner=broadcast.id)
    url = None if is_test else f"{mailer.own_url}{API_PATH}/subscribers/{place}/unsubscribe"
    mail = structs.replace(
        written,
        is_bulk=True,
        sender_name=f"{broadcast.sender} ({mailer.identify().name})",
        unsubscribe_url=url,
    )
    shared = SharedMail(mail, str(broadcast.profile_id), place)
    return WrittenBroadcast(context, broadcast.profile_id, broadcast.id, shared)


def preview(context: BroadcastContext, broadcast: SentBroadcast) -> BroadcastPreview:
    """Return a broadcast as it arrives, with a link that unsubscribes nobody."""
    mail = write(context, broadcast, is_test=True).shared.mail
    assert mail.html is not None
    return BroadcastPreview(broadcast.subject, mail.text, mail.html)


def _show_sender(context: BroadcastContext, broadcast: SentBroadcast) -> Item:
    """Return the profile with its picture, at the address that everybody sees it at."""
    mailer = context.mailer
    path = avatar_url(broadcast.profile_id, broadcast.avatar_id)
    return Item(
        broadcast.sender,
        url=f"{mailer.front_end}/artists/{broadcast.handle}",
        picture_url=path and f"{mailer.own_url}{path}&size=128",
        is_person=True,
    )


def _draw_place(context: BroadcastContext, broadcast: SentBroadcast) -> str:
    """Return a placeholder for a token: as long as all others, and improbable in any text."""
    link = UnsubscribeLink(broadcast.profile_id, True, uuid4(), broadcast.id)
    return sign_unsubscribe(context.subscribers, link)
