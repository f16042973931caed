"""Announcements, flags and maintenance are in memory, and reloaded when announced."""

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import UnderMaintenance, required
from veza.core.ids import AnnouncementId, new_id
from veza.domains.platform.site_controls import queries, rules
from veza.domains.platform.site_controls.errors import (
    AnnouncementNotFound,
    FlagNotFound,
    TooManyAnnouncements,
    TooManyFlags,
)
from veza.domains.platform.site_controls.events import CONTROLS_CHANGED
from veza.domains.platform.site_controls.models import (
    Announcement,
    AnnouncementForm,
    AnnouncementPage,
    ControlsSnapshot,
    Flag,
    FlagChange,
    FlagList,
    Maintenance,
    MaintenanceChange,
)
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.revisions import announce


class SiteControls:
    """The announcements, flags and maintenance mode in the memory of this process.

    Changes reload everything. Start and end times are evaluated on each access.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.snapshot = ControlsSnapshot()

    async def load(self) -> None:
        """Load everything from the database."""
        async with self._database.read() as conn:
            flags = await queries.list_flags(conn)
            self.snapshot = ControlsSnapshot(
                announcements=await queries.list_current_announcements(conn),
                flags={flag.name: flag for flag in flags},
                maintenance=await queries.get_maintenance(conn),
            )

    async def learn(self, _: list[str]) -> None:
        """Reload after a change that was announced in the table of revisions."""
        await self.load()

    def list_active(self, visitor: Member | None) -> list[Announcement]:
        """Return the announcements for a visitor at this moment, latest start first."""
        moment = now()
        active = [
            announcement
            for announcement in self.snapshot.announcements
            if rules.is_active(announcement, moment)
            and rules.is_for(announcement.audience, visitor)
        ]
        return active[: rules.MAX_ACTIVE_SHOWN]

    def is_on(self, name: str, visitor: Member | None) -> bool:
        """Return whether a flag is on for a visitor. A flag that does not exist is off."""
        flag = self.snapshot.flags.get(name)
        return flag is not None and rules.is_on(flag, visitor)

    def evaluate(self, visitor: Member | None) -> dict[str, bool]:
        """Return for every flag whether it is on for a visitor."""
        return {name: rules.is_on(flag, visitor) for name, flag in self.snapshot.flags.items()}

    def ensure_open(self) -> None:
        """Raise UnderMaintenance while maintenance is on."""
        maintenance = self.snapshot.maintenance
        if maintenance.started_at is not None:
            wait_s = rules.retry_after_s(maintenance, now())
            raise UnderMaintenance(maintenance.message, retry_after=wait_s)


async def create_announcement(tx: Tx, form: AnnouncementForm) -> Announcement:
    """Create an announcement. Raises Invalid and TooManyAnnouncements."""
    starts_at = form.starts_at or now()
    rules.ensure_ends_later(starts_at, form.ends_at)
    form = structs.replace(form, starts_at=starts_at)
    most = rules.MAX_CURRENT_ANNOUNCEMENTS
    announcement_id = AnnouncementId(new_id())
    announcement = await queries.insert_announcement(tx, announcement_id, form, most=most)
    if announcement is None:
        raise TooManyAnnouncements
    await announce(tx, CONTROLS_CHANGED, "announcements")
    return announcement


async def delete_announcement(tx: Tx, announcement_id: AnnouncementId) -> None:
    """Delete an announcement. Raises AnnouncementNotFound."""
    if not await queries.delete_announcement(tx, announcement_id):
        raise AnnouncementNotFound
    await announce(tx, CONTROLS_CHANGED, "announcements")


async def list_announcements(conn: Conn, *, limit: int, offset: int) -> AnnouncementPage:
    """Return a page of all announcements, including past and future ones."""
    return AnnouncementPage(
        await queries.list_announcements(conn, limit=limit, offset=offset),
        await queries.count_announcements(conn),
    )


async def set_flag(tx: Tx, name: str, change: FlagChange) -> Flag:
    """Change a feature flag, or create it. Raises TooManyFlags."""
    flag = required(await queries.upsert_flag(tx, name, change, most=rules.MAX_FLAGS), TooManyFlags)
    await announce(tx, CONTROLS_CHANGED, "feature_flags")
    return flag


async def delete_flag(tx: Tx, name: str) -> None:
    """Delete a feature flag: from now on it is off. Raises FlagNotFound."""
    if not await queries.delete_flag(tx, name):
        raise FlagNotFound
    await announce(tx, CONTROLS_CHANGED, "feature_flags")


async def list_flags(conn: Conn) -> FlagList:
    """Return all feature flags."""
    return FlagList(await queries.list_flags(conn))


async def set_maintenance(tx: Tx, change: MaintenanceChange) -> Maintenance:
    """Enable or disable maintenance. Raises Invalid."""
    current = await queries.lock_maintenance(tx)
    changed = rules.change_maintenance(current, change, now())
    await queries.update_maintenance(tx, changed)
    await announce(tx, CONTROLS_CHANGED, "maintenance")
    return rules.show_maintenance(changed)


async def get_maintenance(conn: Conn) -> Maintenance:
    """Return the maintenance mode."""
    return rules.show_maintenance(await queries.get_maintenance(conn))
