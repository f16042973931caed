"""The admin that the settings name is made at the first start, and only where there is none."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.audited import events_by
from veza.app.first_start import create_first_admin
from veza.app.services import Services
from veza.app.settings import Settings
from veza.core.access import Role
from veza.core.audit_record import AuditLog
from veza.core.errors import CannotStart
from veza.domains.auth.accounts.models import StoredUser
from veza.domains.auth.accounts.queries import find_user_by_email

EMAIL, PASSWORD = "first@example.com", "a long enough sentence"


@pytest.fixture(autouse=True)
async def without_admins(services: Services) -> AsyncIterator[None]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            sql = "delete from users where role = 'admin' or username in ('admin', 'ADMIN')"
            await tx.run(sql)

    await clean()
    yield
    await clean()


async def _find(services: Services) -> StoredUser | None:
    async with services.database.read() as conn:
        return await find_user_by_email(conn, EMAIL)


def _with(settings: Settings, email: str | None, password: str | None) -> Settings:
    return msgspec.structs.replace(settings, admin_email=email, admin_password=password)


async def test_the_first_admin_is_made_once(settings: Settings, services: Services) -> None:
    await create_first_admin(_with(settings, EMAIL, PASSWORD))
    found = await _find(services)
    assert found is not None
    assert (found.role, found.username) == (Role.ADMIN, "admin")
    assert await services.login_context.passwords.verify(found.password_hash, PASSWORD)

    (event,) = await events_by(services, action="make_first_admin")
    assert event.log is AuditLog.ADMIN

    await create_first_admin(_with(settings, EMAIL, "another long sentence"))
    await create_first_admin(_with(settings, "second@example.com", PASSWORD))
    assert await _find(services) == found
    assert len(await events_by(services, action="make_first_admin")) == 1


@pytest.mark.parametrize(("email", "password"), [(None, None), (EMAIL, None), (None, PASSWORD)])
async def test_without_both_settings_nobody_is_made(
    settings: Settings, services: Services, email: str | None, password: str | None
) -> None:
    await create_first_admin(_with(settings, email, password))

    async with services.database.read() as conn:
        assert await conn.value(int, "select count(*) from users where role = 'admin'") == 0


@pytest.mark.parametrize(
    ("email", "password"),
    [("nonsense", PASSWORD), (EMAIL, "short"), (EMAIL, "password"), (EMAIL, f"{EMAIL} as one")],
)
async def test_an_admin_who_could_not_register_stops_the_start(
    settings: Settings, services: Services, email: str, password: str
) -> None:
    with pytest.raises(CannotStart, match="VEZA_ADMIN_EMAIL"):
        await create_first_admin(_with(settings, email, password))

    assert await _find(services) is None
