"""Mails are written as their members see the notifications; a link switches a kind off."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from veza.core.errors import required
from veza.core.ids import NotificationId, ReleaseId
from veza.core.people import IMAGES_PATH
from veza.domains.notifications.by_mail import queries, rules
from veza.domains.notifications.by_mail.errors import MailLinkNotFound
from veza.domains.notifications.by_mail.models import (
    MailRecipient,
    MailSubscription,
    MailSubscriptionForm,
    NotificationPicture,
    UnsubscribeToken,
)
from veza.domains.notifications.inbox import service as inbox
from veza.domains.notifications.inbox.models import Notification
from veza.domains.notifications.preferences import rules as preference_rules
from veza.domains.notifications.preferences import service as preferences
from veza.domains.notifications.preferences.models import (
    ChannelPreferencesChange,
    ChannelsChange,
    Digest,
    NotificationKind,
)
from veza.domains.platform.mail.models import (
    Block,
    Button,
    Heading,
    Item,
    ItemList,
    Letter,
    MailReason,
)
from veza.domains.platform.mail.rules.templates import say
from veza.domains.platform.mail.rules.words import explain
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Conn, Tx

_RELEASES = (NotificationKind.RELEASE_PUBLISHED, NotificationKind.TRACK_PUBLISHED)


async def write_notification(
    conn: Conn, mailer: SiteMailer, reader: MailRecipient, shown: Notification
) -> Mail:
    """Return the mail of a notification."""
    sentence = rules.write_sentence(reader.language, shown)
    link = mailer.front_end + rules.page_of(shown)
    pictures = await _find_pictures(conn, mailer, [shown])
    blocks = [
        *map(rules.write_picture, pictures.values()),
        Heading(sentence),
        *rules.write_blocks(reader.language, shown, link),
    ]
    token = UnsubscribeToken(reader.user_id, shown.kind)
    mail = _write(mailer, reader, token, sentence, blocks)
    return structs.replace(
        mail,
        message_key=f"notification:{shown.id}",
        is_bulk=shown.kind in rules.TO_FOLLOWERS,
    )


async def write_digest(
    conn: Conn, mailer: SiteMailer, reader: MailRecipient, until: datetime
) -> Mail | None:
    """Return the summary of what a member has not read, or None if there is nothing to say."""
    others = [kind for kind in preference_rules.KINDS_IN_DIGESTS if kind not in _RELEASES]
    released = await queries.list_news(
        conn, reader.user_id, until, _RELEASES, most=rules.MAX_RELEASES
    )
    told = await queries.list_news(conn, reader.user_id, until, others, most=rules.MAX_TOLD)
    shown = await inbox.list_unread(conn, [*released, *told])
    if not shown:
        return None
    language, name = reader.language, mailer.identify().name
    period = "daily" if reader.digest is Digest.DAILY else "weekly"
    title = say(rules.PACKAGE, language, period, site=name)
    blocks: list[Block] = [Heading(title)]
    pictures = await _find_pictures(conn, mailer, shown)
    releases: list[Item] = []
    rest: list[Item] = []
    for each in shown:
        picture = pictures.get(each.id)
        if each.kind in _RELEASES:
            line = rules.write_release(each, mailer.front_end)
            releases.append(rules.with_picture(line, picture))
        else:
            line = rules.write_item(language, each, mailer.front_end)
            rest.append(rules.with_picture(line, picture))
    for name, items in (("releases", releases), ("others_title", rest)):
        if items:
            blocks.append(ItemList(items, say(rules.PACKAGE, language, name)))
    blocks.append(Button(say(rules.PACKAGE, language, "all"), f"{mailer.front_end}/notifications"))
    token = UnsubscribeToken(reader.user_id, None)
    mail = _write(mailer, reader, token, title, blocks)
    key = f"digest:{reader.user_id}:{until.isoformat()}"
    return structs.replace(mail, message_key=key, is_bulk=True)


async def show_subscription(conn: Conn, mailer: SiteMailer, token: str) -> MailSubscription:
    """Return the kind of mails that a link is about. Raises MailLinkNotFound."""
    found = required(rules.read_token(mailer.signer, token), MailLinkNotFound)
    return await _show(conn, found)


async def change_subscription(
    tx: Tx, mailer: SiteMailer, token: str, form: MailSubscriptionForm
) -> MailSubscription:
    """Switch the mails of a link off or on; doing so again changes nothing.

    Raises MailLinkNotFound.
    """
    found = required(rules.read_token(mailer.signer, token), MailLinkNotFound)
    before = await _show(tx, found)
    tx.actor = found.user_id
    if found.kind is None:
        digest = form.digest if form.is_on else Digest.NEVER
        change = ChannelPreferencesChange(digest=digest)
    else:
        change = ChannelPreferencesChange({found.kind: ChannelsChange(mail=form.is_on)})
    if before.is_on is not form.is_on:
        await preferences.change_channels(tx, found.user_id, change)
    after = await _show(tx, found)
    return structs.replace(after, digest=before.digest)


async def _show(conn: Conn, token: UnsubscribeToken) -> MailSubscription:
    if not await queries.has_member(conn, token.user_id):
        raise MailLinkNotFound
    stored = await preferences.get_channels(conn, token.user_id)
    if token.kind is None:
        is_on = stored.digest is not Digest.NEVER
    else:
        is_on = stored.kinds[token.kind].mail
    return MailSubscription(token.kind, is_on, stored.digest)


async def _find_pictures(
    conn: Conn, mailer: SiteMailer, shown: Sequence[Notification]
) -> dict[NotificationId, NotificationPicture]:
    """Return the covers of releases that have one, and of all others who did it first."""
    ids = [ReleaseId(each.release.id) for each in shown if each.release is not None]
    covers = {
        each.release_id: f"{mailer.own_url}{IMAGES_PATH}/{each.image_id}"
        for each in (await queries.list_covers(conn, ids) if ids else [])
    }
    found: dict[NotificationId, NotificationPicture] = {}
    for each in shown:
        actor = each.actors[0] if each.actors else None
        if each.release is not None and each.release.id in covers:
            cover = covers[ReleaseId(each.release.id)]
            found[each.id] = NotificationPicture(cover, each.release.title, is_person=False)
        elif actor is not None and actor.avatar_url is not None:
            face = mailer.own_url + actor.avatar_url
            found[each.id] = NotificationPicture(face, actor.display_name, is_person=True)
    return found


def _write(
    mailer: SiteMailer,
    reader: MailRecipient,
    token: UnsubscribeToken,
    subject: str,
    blocks: list[Block],
) -> Mail:
    reason = MailReason.DIGEST if token.kind is None else MailReason.NOTIFICATIONS
    page = f"/unsubscribe/{rules.sign_token(mailer.signer, token)}"
    letter = Letter(
        language=reader.language,
        subject=subject,
        blocks=blocks,
        reason=explain(reader.language, reason, mailer.host),
        unsubscribe_page=mailer.front_end + page,
    )
    mail = mailer.write(letter, reader.email, owner=reader.member_id)
    return structs.replace(mail, unsubscribe_url=mailer.own_url + page)
