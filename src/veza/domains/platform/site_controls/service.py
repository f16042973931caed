"""What one can announce and switch, and what every process knows of it without asking."""

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import UnderMaintenance
from veza.core.ids import AnnouncementId, new_id
from veza.domains.platform.site_controls import queries, rules
from veza.domains.platform.site_controls.errors import (
    AnnouncementNotFound,
    FlagNotFound,
    TooManyAnnouncements,
    TooManyFlags,
)
from veza.domains.platform.site_controls.events import CONTROL_CHANGED
from veza.domains.platform.site_controls.models import (
    Announcement,
    AnnouncementForm,
    AnnouncementPage,
    Flag,
    FlagChange,
    FlagList,
    Maintenance,
    MaintenanceChange,
    View,
)
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.revisions import announce as announce_news


class ControlRoom:
    """All that is announced and switched, in the memory of this process.

    What changes is read again as a whole upon news; what the clock changes is judged when asked.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.view = View()

    async def load(self) -> None:
        """Read everything anew."""
        async with self._database.read() as conn:
            flags = await queries.list_flags(conn)
            self.view = View(
                announcements=await queries.list_current_announcements(conn),
                flags={flag.name: flag for flag in flags},
                maintenance=await queries.get_maintenance(conn),
            )

    async def learn(self, _: list[str]) -> None:
        """Hear from the table of revisions that something changed."""
        await self.load()

    def list_active(self, visitor: Member | None) -> list[Announcement]:
        """List what is announced to somebody now, the latest first."""
        moment = now()
        active = [
            one
            for one in self.view.announcements
            if rules.is_active(one, moment) and rules.is_for(one.audience, visitor)
        ]
        return active[: rules.MAX_ACTIVE_SHOWN]

    def is_on(self, name: str, visitor: Member | None) -> bool:
        """Tell whether a feature flag is on for somebody; one that nobody made is off."""
        flag = self.view.flags.get(name)
        return flag is not None and rules.is_on(flag, visitor)

    def evaluate(self, visitor: Member | None) -> dict[str, bool]:
        """Tell of each flag whether it is on for somebody."""
        return {name: rules.is_on(flag, visitor) for name, flag in self.view.flags.items()}

    def ensure_open(self) -> None:
        """Raise UnderMaintenance while that is switched on."""
        maintenance = self.view.maintenance
        if maintenance.started_at is not None:
            wait_s = rules.retry_after_s(maintenance, now())
            raise UnderMaintenance(maintenance.message, retry_after=wait_s)


async def announce(tx: Tx, form: AnnouncementForm) -> Announcement:
    """Announce something to an audience. Raises Invalid and TooManyAnnouncements."""
    starts_at = form.starts_at or now()
    rules.ensure_ends_later(starts_at, form.ends_at)
    form = structs.replace(form, starts_at=starts_at)
    most = rules.MAX_CURRENT_ANNOUNCEMENTS
    announcement_id = AnnouncementId(new_id())
    announcement = await queries.insert_announcement(tx, announcement_id, form, most=most)
    if announcement is None:
        raise TooManyAnnouncements
    await announce_news(tx, CONTROL_CHANGED, "announcements")
    return announcement


async def delete_announcement(tx: Tx, announcement_id: AnnouncementId) -> None:
    """Take an announcement back. Raises AnnouncementNotFound."""
    if not await queries.delete_announcement(tx, announcement_id):
        raise AnnouncementNotFound
    await announce_news(tx, CONTROL_CHANGED, "announcements")


async def list_announcements(conn: Conn, *, limit: int, offset: int) -> AnnouncementPage:
    """List all announcements, those that are over or still to come too."""
    return AnnouncementPage(
        await queries.list_announcements(conn, limit=limit, offset=offset),
        await queries.count_announcements(conn),
    )


async def set_flag(tx: Tx, name: str, change: FlagChange) -> Flag:
    """Set a feature flag; one that isn't there is made. Raises TooManyFlags."""
    flag = await queries.upsert_flag(tx, name, change, most=rules.MAX_FLAGS)
    if flag is None:
        raise TooManyFlags
    await announce_news(tx, CONTROL_CHANGED, "feature_flags")
    return flag


async def delete_flag(tx: Tx, name: str) -> None:
    """Forget a feature flag: code that asks for it finds it off. Raises FlagNotFound."""
    if not await queries.delete_flag(tx, name):
        raise FlagNotFound
    await announce_news(tx, CONTROL_CHANGED, "feature_flags")


async def list_flags(conn: Conn) -> FlagList:
    """List all feature flags."""
    return FlagList(await queries.list_flags(conn))


async def set_maintenance(tx: Tx, change: MaintenanceChange) -> Maintenance:
    """Switch maintenance on or off. Twice is the same as once. Raises Invalid."""
    current = await queries.lock_maintenance(tx)
    changed = rules.change_maintenance(current, change, now())
    await queries.update_maintenance(tx, changed)
    await announce_news(tx, CONTROL_CHANGED, "maintenance")
    return rules.show_maintenance(changed)


async def get_maintenance(conn: Conn) -> Maintenance:
    """Tell how maintenance is."""
    return rules.show_maintenance(await queries.get_maintenance(conn))
