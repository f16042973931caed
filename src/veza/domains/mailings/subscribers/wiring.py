"""The parts of `mailings/subscribers` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.contributions import PersonalData
from veza.domains.mailings.subscribers import jobs, personal_data, routes, service
from veza.domains.mailings.subscribers.jobs import AskingContext
from veza.domains.mailings.subscribers.models import AskImported, SendConfirmation
from veza.domains.mailings.subscribers.service import SubscriberContext
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.domain_rates import DomainRates
from veza.infra.postgres.database import Database
from veza.infra.security.secrets import DerivedKeys


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [service.create_context(services.get(DerivedKeys), services.get(SignUpContext))]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    context = AskingContext(
        services.get(SubscriberContext),
        services.get(SiteMailer),
        services.get(BulkMailer),
        services.get(DeliveryTokens),
        services.get(DomainRates),
    )
    return [
        Job(SendConfirmation, partial(jobs.send_confirmation, database, context), at_once=2),
        Job(AskImported, partial(jobs.ask_imported, database, context), at_once=1),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_services=_create_services,
    create_work=_create_work,
    recurring=[
        Recurring("ask_imported_addresses", "* * * * *", jobs.ask_waiting),
        Recurring("sweep_mail_subscriptions", "15 * * * *", jobs.sweep_subscriptions),
    ],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=service.move
    ),
)
