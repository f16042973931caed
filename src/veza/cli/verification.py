"""`veza audit`, `veza ledger` and `veza storage`."""

import argparse
import sys

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.operations.verification.audit_log import sign as sign_audit_log
from veza.operations.verification.audit_log import verify as verify_audit_log
from veza.operations.verification.ledger import verify as verify_ledger
from veza.operations.verification.storage import verify as verify_storage


def audit(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the audit log, or sign its new events."""

    async def verify(services: Services) -> None:
        if not await verify_audit_log(
            services, note=arguments.signature, former=arguments.former_secrets
        ):
            sys.exit(1)

    with_services(settings, arguments, sign_audit_log if arguments.task == "sign" else verify)


def ledger(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the ledger; exit with 1 if it is inconsistent."""

    async def verify(services: Services) -> None:
        if not await verify_ledger(services):
            sys.exit(1)

    with_services(settings, arguments, verify)


def storage(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the storage; exit with 1 if it does not match the database."""

    async def verify(services: Services) -> None:
        if not await verify_storage(services, is_deep=arguments.deep):
            sys.exit(1)

    with_services(settings, arguments, verify)
