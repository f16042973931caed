"""The parts of `platform/suppressions` that the program is assembled from."""

from collections.abc import Sequence

from veza.domains.contributions import PersonalData
from veza.domains.platform.suppressions import jobs, personal_data, routes
from veza.domains.platform.suppressions.models import MailWebhook
from veza.domains.platform.suppressions.queries import count_suppressed
from veza.domains.platform.suppressions.service import MailReportContext
from veza.domains.wiring import Recurring, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.mail.delivery_tokens import DeliveryTokens


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [MailReportContext(services.get(MailWebhook), services.get(DeliveryTokens))]


WIRING = Wiring(
    routers=[routes.router],
    create_services=_create_services,
    recurring=[Recurring("sweep_mail_failures", "50 3 * * *", jobs.sweep_failures)],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    statistics={"suppressed_addresses": count_suppressed},
)
