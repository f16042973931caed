"""A broadcast is written once, and gets the link to unsubscribe of each recipient."""

import secrets
from uuid import UUID

from msgspec import Struct, structs

from veza.core.ids import BroadcastId, UserId
from veza.core.people import API_PATH
from veza.domains.mailings.broadcasts.models import (
    BroadcastPreview,
    ClaimedRecipient,
    SentBroadcast,
)
from veza.domains.mailings.broadcasts.rules import words, writing
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.subscribers.models import UnsubscribeLink
from veza.domains.mailings.subscribers.service import sign_unsubscribe
from veza.domains.platform.mail.models import Letter
from veza.infra.mail.bulk_mailer import BulkMail
from veza.infra.mail.mailer import Mail


class WrittenBroadcast(Struct, frozen=True):
    """A broadcast as text and HTML.

    `place` is in place of the token of the link to unsubscribe; nothing else has these letters.
    """

    context: BroadcastContext
    profile_id: UserId
    broadcast_id: BroadcastId
    mail: Mail
    place: str

    def to_one(self, email: str, owner: UserId) -> Mail:
        """Return the mail to an address that can't unsubscribe by it."""
        return structs.replace(self.mail, to=email, owner=str(owner))

    def to(self, recipient: ClaimedRecipient) -> BulkMail:
        """Return the mail to a recipient who has an address."""
        assert recipient.email is not None
        subject_id: UUID | None = recipient.user_id or recipient.subscription_id
        assert subject_id is not None
        link = UnsubscribeLink(
            self.profile_id, recipient.user_id is not None, subject_id, self.broadcast_id
        )
        token = sign_unsubscribe(self.context.subscribers, link)
        assert self.mail.html is not None
        mail = structs.replace(
            self.mail,
            to=recipient.email,
            text=self.mail.text.replace(self.place, token),
            html=self.mail.html.replace(self.place, token),
            owner=str(subject_id),
            unsubscribe_url=f"{self.context.mailer.own_url}{API_PATH}/subscribers/{token}/unsubscribe",
        )
        delivery = self.context.tokens.write(recipient.id, recipient.email)
        return BulkMail(mail, delivery, str(self.profile_id))


def write(
    context: BroadcastContext, broadcast: SentBroadcast, *, is_test: bool = False
) -> WrittenBroadcast:
    """Write a broadcast; that of a test has no link that unsubscribes."""
    mailer, place = context.mailer, secrets.token_hex(16)
    subject = broadcast.subject
    if is_test:
        subject = words.name_test(broadcast.language, subject)
    page = f"{mailer.front_end}/mail/unsubscribe"
    letter = Letter(
        language=broadcast.language,
        subject=subject,
        blocks=writing.list_blocks(broadcast.subject, broadcast.text),
        reason=words.explain(broadcast.language, sender=broadcast.sender, host=mailer.host),
        unsubscribe_page=page if is_test else f"{page}#token={place}",
    )
    written = mailer.write(letter, "", owner=broadcast.id)
    mail = structs.replace(
        written, is_bulk=True, sender_name=f"{broadcast.sender} ({mailer.identify().name})"
    )
    return WrittenBroadcast(context, broadcast.profile_id, broadcast.id, mail, place)


def preview(context: BroadcastContext, broadcast: SentBroadcast) -> BroadcastPreview:
    """Return a broadcast as it arrives, with a link that unsubscribes nobody."""
    mail = write(context, broadcast, is_test=True).mail
    assert mail.html is not None
    return BroadcastPreview(broadcast.subject, mail.text, mail.html)
