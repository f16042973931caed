"""Filters refuse texts of forms, or report them; they are in every process's memory."""

import asyncio
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import TextFilterId, UserId
from veza.domains.platform.text_filters import queries, rules
from veza.domains.platform.text_filters.errors import (
    TextFilterNotFound,
    TextRefused,
    TooManyTextFilters,
)
from veza.domains.platform.text_filters.events import TEXT_FILTERS_CHANGED, TextFlagged
from veza.domains.platform.text_filters.models import (
    FilterIndex,
    MatchedText,
    TextFilter,
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
    TextFilterList,
    TextFilterPreview,
    TextPattern,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.revisions import announce

_SCANNED = 1000
_AT_ONCE = 50


class Screening(Struct, frozen=True):
    """The result of filtering the texts of a form: accepted, and perhaps to be reported."""

    author_id: UserId
    is_flagged: bool

    async def report(self, tx: Tx, content_type: str, content_id: UUID) -> None:
        """Emit TextFlagged for what was made of the form, if a filter asks for it."""
        if self.is_flagged:
            await emit(tx, TextFlagged(content_type, content_id, self.author_id))

    def ensure_of(self, owner_id: UserId, *fields: str) -> None:
        """Raise TextRefused for what is to be reported, unless the author owns where it goes.

        A report is about the owner of the item, who did not write it.
        """
        if self.is_flagged and self.author_id != owner_id:
            raise TextRefused(details=rules.refuse(fields))


class TextFilters:
    """All filters in the memory of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.index = FilterIndex()

    async def load(self) -> None:
        """Load everything from the database."""
        async with self._database.read() as conn:
            self.index = rules.build_index(await queries.list_patterns(conn))

    async def learn(self, _: list[str]) -> None:
        """Reload after a change that was announced in the table of revisions."""
        await self.load()

    def screen(self, author: Member, form: Struct, *fields: str) -> Screening:
        """Filter the texts in fields of a form. Raises TextRefused."""
        return Screening(author.id, self.ensure_accepted(form, *fields))

    def ensure_accepted(self, form: Struct, *fields: str) -> bool:
        """Raise TextRefused if a filter refuses a text. Return whether one wants a report."""
        refused: list[str] = []
        is_flagged = False
        for field, text in rules.list_texts(form, fields).items():
            effects = rules.find_effects(self.index, text)
            if TextFilterEffect.REJECT in effects:
                refused.append(field)
            is_flagged |= TextFilterEffect.REPORT in effects
        if refused:
            raise TextRefused(details=rules.refuse(refused))
        return is_flagged


async def list_filters(conn: Conn) -> TextFilterList:
    """Return all filters."""
    return TextFilterList(await queries.list_filters(conn))


async def set_filter(tx: Tx, form: TextFilterForm) -> TextFilter:
    """Create a filter, or change the one that looks for the same. Raises TooManyTextFilters."""
    pattern = rules.read_pattern(form)
    most = rules.MAX_FILTERS
    made = required(await queries.upsert_filter(tx, form, pattern, most=most), TooManyTextFilters)
    await announce(tx, TEXT_FILTERS_CHANGED, "all")
    return made


async def delete_filter(tx: Tx, filter_id: TextFilterId) -> None:
    """Delete a filter. Raises TextFilterNotFound."""
    if not await queries.delete_filter(tx, filter_id):
        raise TextFilterNotFound
    await announce(tx, TEXT_FILTERS_CHANGED, "all")


async def preview(conn: Conn, kind: TextFilterKind, text: str) -> TextFilterPreview:
    """Return which of the latest thousand posts and comments a filter would have matched."""
    effect = TextFilterEffect.REPORT
    pattern = rules.read_pattern(TextFilterForm(kind, text, effect))
    index = rules.build_index([TextPattern(kind, pattern, effect)])
    texts = await queries.list_latest_texts(conn, limit=_SCANNED)
    matched = 0
    shown: list[MatchedText] = []
    for number, each in enumerate(texts, 1):
        if rules.find_effects(index, each.content):
            matched += 1
            if len(shown) < rules.MAX_PREVIEWED:
                shown.append(rules.show_match(each))
        if number % _AT_ONCE == 0:
            # Other requests of this process go on.
            await asyncio.sleep(0)
    return TextFilterPreview(len(texts), matched, shown)
