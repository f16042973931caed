"""A separate audit log for each test, so that tampering in one does not affect others."""

from collections.abc import AsyncIterator

import pytest

from tests.domains.platform.audit.vault_steps import Vault
from tests.infra.databases import migrated
from veza.app.services import Services
from veza.infra.postgres import database as db


@pytest.fixture(scope="session")
async def shelf(services: Services) -> AsyncIterator[Vault]:
    async with migrated(services) as urls, db.connect(urls.app_url, max_size=60) as database:
        yield Vault(database, urls)


@pytest.fixture
async def vault(shelf: Vault) -> Vault:
    """A database of the audit's own tests, in which nothing is recorded yet."""
    await shelf.tamper(
        "truncate audit_subjects, audit_events, audit_details,"
        " audit_unsigned_events, audit_signatures"
    )
    return Vault(shelf.database, shelf.urls)
