"""Web Push, from the settings: the key of this server, and what sends messages."""

from veza.app.settings.settings import Settings
from veza.domains.notifications.push.service import WebPush
from veza.infra.mail.mail_settings import read_sender
from veza.infra.security.secrets import Secrets
from veza.infra.web_push.sender import WebPushSender
from veza.infra.web_push.vapid import VapidKey, derive_private_key, read_private_key


def create_web_push(settings: Settings, secrets: Secrets) -> WebPush:
    """Return the key of this server at push services. Raises CannotStart."""
    if settings.vapid_private_key is None:
        private_key = derive_private_key(secrets.vapid)
    else:
        private_key = read_private_key(settings.vapid_private_key)
    contact = settings.vapid_contact or f"mailto:{read_sender(settings.mail_from).addr_spec}"
    return WebPush(VapidKey(private_key, contact), frozenset(settings.push_trusted_origins))


def create_sender(web_push: WebPush) -> WebPushSender:
    """Return what sends push messages with the key of this server."""
    return WebPushSender(web_push.key, web_push.trusted_origins)
