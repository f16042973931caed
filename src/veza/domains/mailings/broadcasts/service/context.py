"""The services that broadcasts are written and sent with."""

from msgspec import Struct

from veza.domains.mailings.broadcasts.models import BroadcastSettings
from veza.domains.mailings.subscribers.service import SubscriberContext
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.domain_rates import DomainRates


class BroadcastContext(Struct, frozen=True):
    """The settings, the mailer of bulk mail and its rates, and what writes and signs mails."""

    settings: BroadcastSettings
    mailer: SiteMailer
    bulk: BulkMailer
    tokens: DeliveryTokens
    rates: DomainRates
    subscribers: SubscriberContext
