"""`veza audit`, `veza ledger` and `veza storage`."""

import argparse
import sys

from veza.app.cli import verify_audit, verify_ledger, verify_storage
from veza.app.cli.with_services import with_services
from veza.app.services import Services
from veza.app.settings import Settings


def audit(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the audit log, or sign its new events."""

    async def verify(services: Services) -> None:
        if not await verify_audit.verify(
            services, note=arguments.signature, former=arguments.former_secrets
        ):
            sys.exit(1)

    with_services(settings, arguments, verify_audit.sign if arguments.task == "sign" else verify)


def ledger(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the ledger; exit with 1 if it is inconsistent."""

    async def verify(services: Services) -> None:
        if not await verify_ledger.verify(services):
            sys.exit(1)

    with_services(settings, arguments, verify)


def storage(settings: Settings, arguments: argparse.Namespace) -> None:
    """Verify the storage; exit with 1 if it does not match the database."""

    async def verify(services: Services) -> None:
        if not await verify_storage.verify(services, is_deep=arguments.deep):
            sys.exit(1)

    with_services(settings, arguments, verify)
