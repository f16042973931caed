"""Decides what a push message shows, whether it is urgent, and how long it is kept."""

from datetime import timedelta

from veza.core.money import write_amount
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.notifications.inbox.models import Notification, SoldSubject
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.notifications.push.models import PushContent, PushTarget

MAX_SUBSCRIPTIONS = 20
# A push service that accepts nothing for so long has lost the browser.
GIVEN_UP_AFTER = timedelta(days=14)

_MAX_TITLE = 100
_MAX_TEXT = 140
_TTL = timedelta(days=1)
# Nobody wants to know later than that that somebody was live.
_TTL_OF_LIVE = timedelta(hours=1)
_URGENT = {
    NotificationKind.MENTION,
    NotificationKind.MESSAGE,
    NotificationKind.REPLY,
    NotificationKind.STREAM_SOON,
    NotificationKind.WENT_LIVE,
}
_PASSING = {NotificationKind.STREAM_SOON, NotificationKind.WENT_LIVE}
# In this order: a comment on a track leads to the track, a message to its conversation.
_SUBJECTS = ("conversation", "post", "track", "release", "playlist", "stream", "commission")
_LEADS_TO_ACTOR = {NotificationKind.FOLLOW, NotificationKind.PROFILE_CLAIMED}


def time_to_live(kind: NotificationKind) -> timedelta:
    """Return for how long the push service keeps a message while the browser is away."""
    return _TTL_OF_LIVE if kind in _PASSING else _TTL


def is_urgent(kind: NotificationKind) -> bool:
    """Return whether a device with little battery is woken up."""
    return kind in _URGENT


def write_content(target: PushTarget, notification: Notification) -> PushContent:
    """Return the content for a browser; titles and texts only if it shows previews."""
    subject, subject_id = _subject_of(notification)
    tip = notification.sale and notification.sale.tip
    actors = [actor.display_name for actor in notification.actors[:2]]
    return PushContent(
        id=notification.id,
        kind=notification.kind,
        language=target.language,
        actors=[tip.giver] if tip and tip.giver else actors,
        actors_count=notification.actors_count,
        title=_shorten(_title_of(target, notification), _MAX_TITLE)
        if target.has_previews
        else None,
        text=_shorten(_text_of(notification), _MAX_TEXT) if target.has_previews else None,
        is_support=notification.split is not None and notification.split.profile_id is not None,
        amount=_write_tip(notification.sale),
        subject=subject,
        subject_id=subject_id,
    )


def _subject_of(shown: Notification) -> tuple[str | None, str | None]:
    """Return the name of the page that a notification leads to, and what its address ends with."""
    for name in _SUBJECTS:
        subject = getattr(shown, name)
        if subject:
            return name, str(subject.id)
    if shown.kind in _LEADS_TO_ACTOR and shown.actors:
        return "artist", shown.actors[0].handle
    return None, None


def _write_tip(sale: SoldSubject | None) -> str | None:
    return write_amount(sale.tip.amount_cents, sale.currency) if sale and sale.tip else None


def _title_of(target: PushTarget, shown: Notification) -> str | None:
    sold = shown.sale or shown.refund
    if sold:
        return name_line(target.language, sold.kind, sold.title)
    music = shown.track or shown.playlist or shown.stream or shown.release
    titled = music or shown.split or shown.commission
    return titled.title if titled else shown.gear and shown.gear.name


def _text_of(shown: Notification) -> str | None:
    if shown.sale and shown.sale.tip:
        return shown.sale.tip.message
    quoted = shown.message or shown.comment or shown.post
    return quoted.excerpt if quoted else shown.reason


def _shorten(text: str | None, most: int) -> str | None:
    return text if text is None or len(text) <= most else f"{text[: most - 1]}…"
