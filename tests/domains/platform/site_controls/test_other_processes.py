"""Changes apply in all processes: with Valkey, without it, and after a restart."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.domains.platform.site_controls.routes_steps import Announce, SetFlag, Switch
from tests.infra.waiting import until
from tests.make import Person
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.errors import UnderMaintenance
from veza.infra.postgres.database import Database


@pytest.fixture(
    params=[{}, {"valkey_url": "unix:///nowhere/valkey.sock"}],
    ids=["with Valkey", "without Valkey"],
)
async def elsewhere(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Services]:
    """Another process of the same server."""
    async with open_services(msgspec.structs.replace(settings, **request.param)) as other:
        yield other


def _is_open(services: Services) -> bool:
    try:
        services.site_controls.ensure_open()
    except UnderMaintenance:
        return False
    return True


async def test_maintenance_applies_in_all_processes(elsewhere: Services, switch: Switch) -> None:
    assert _is_open(elsewhere)
    # Half a second by polling alone; the rest is patience with a busy machine.
    await switch(enabled=True)
    await until(lambda: not _is_open(elsewhere))
    await switch(enabled=False)
    await until(lambda: _is_open(elsewhere))


@pytest.mark.long
async def test_flags_apply_in_all_processes(
    elsewhere: Services, put_flag: SetFlag, admin: Person
) -> None:
    def is_on() -> bool:
        return elsewhere.site_controls.is_on("new_player", admin.member)

    await put_flag("new_player", enabled=True)
    await until(is_on)
    await put_flag("new_player", enabled=False)
    await until(lambda: not is_on())


async def test_announcements_are_visible_in_all_processes(
    elsewhere: Services, post: Announce
) -> None:
    await post(title="Heard everywhere")

    await until(lambda: bool(elsewhere.site_controls.list_active(None)))


async def test_a_process_that_starts_later_loads_everything(
    settings: Settings,
    services: Services,
    switch: Switch,
    put_flag: SetFlag,
    post: Announce,
    admin: Person,
) -> None:
    await post(title="Still here")
    await put_flag("new_player", enabled=True)
    await switch(enabled=True, message="Still at it.")
    await _forget_news(services.database)

    async with open_services(settings) as later:
        assert [one.title for one in later.site_controls.list_active(None)] == ["Still here"]
        assert later.site_controls.is_on("new_player", admin.member)
        with pytest.raises(UnderMaintenance, match="Still at it"):
            later.site_controls.ensure_open()


async def _forget_news(database: Database) -> None:
    """As after hours: only the tables themselves can tell now."""
    async with database.transaction() as tx:
        await tx.run("delete from revisions where topic = 'control_changed'")
