"""A call of an endpoint: its parameters and its caller."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Response
from msgspec import Struct

from veza.core.activities import Activity
from veza.core.errors import Invalid
from veza.core.profiles import Right
from veza.domains.subsonic.errors import ParameterMissing
from veza.domains.subsonic.formats import Content
from veza.domains.subsonic.models.rows import ItemKind, SongPage
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.rules.ids import read_id, read_track
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.expensive import Expensive
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.postgres.database import Conn, Database, Tx

MAX_PAGE = 500
MAX_ITEMS = 10_000
_MAX_NUMBER = 10**15
# Up to the year 5138. Python clients send the fraction of a float.
_MOMENT = re.compile(r"([0-9]{1,14})(?:\.[0-9]{1,10})?")
_MAX_TEXT = 10_000
_FORM = "application/x-www-form-urlencoded"


class Parameters(Struct, frozen=True):
    """The parameters of a call, from its query and its form."""

    values: Mapping[str, Sequence[str]]

    def find(self, name: str) -> str | None:
        """Return the first value of a parameter, or None."""
        found = self.values.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """Return a parameter. Raises ParameterMissing."""
        found = self.find(name)
        if found is None:
            raise ParameterMissing(f"The parameter `{name}` is missing.")
        return found

    def find_number(self, name: str) -> int | None:
        """Return a whole number, or None. Raises Invalid."""
        found = self.find(name)
        if found is None or found == "":
            return None
        if not found.removeprefix("-").isdecimal() or len(found) > len(str(_MAX_NUMBER)):
            raise Invalid(f"The parameter `{name}` is a whole number.")
        return int(found)

    def find_moment(self, name: str) -> datetime | None:
        """Return a time that is given in ms, maybe with a fraction; None for 0. Raises Invalid."""
        found = self.find(name)
        if not found:
            return None
        match = _MOMENT.fullmatch(found)
        if match is None:
            raise Invalid(f"The parameter `{name}` is a time in milliseconds since 1970.")
        seconds = int(match[1]) // 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds else None

    def number(self, name: str, default: int, *, most: int = _MAX_NUMBER) -> int:
        """Return a number, at least 0 and at most `most`. Raises Invalid."""
        found = self.find_number(name)
        return max(0, min(default if found is None else found, most))

    def flag(self, name: str) -> bool | None:
        """Return whether a parameter is true, or None."""
        found = self.find(name)
        return None if found is None else found.lower() in {"true", "1"}

    def tracks(self, name: str) -> list[UUID]:
        """Return the ids of songs. Raises ItemNotFound, and Invalid for too many."""
        given = self.values.get(name, ())
        if len(given) > MAX_ITEMS:
            raise Invalid(f"There are too many values of `{name}`.")
        return [read_track(text) for text in given]

    def numbers(self, name: str) -> list[int]:
        """Return whole numbers. Raises Invalid."""
        given = self.values.get(name, ())
        if not all(text.isdecimal() and len(text) < 10 for text in given):
            raise Invalid(f"The parameter `{name}` is a list of whole numbers.")
        return [int(text) for text in given]

    def page(self, count: str, offset: str, default: int) -> SongPage:
        """Return a page, by the names of its two parameters: at most 500 items."""
        return SongPage(
            self.number(count, default, most=MAX_PAGE), self.number(offset, 0, most=10**7)
        )


class Call(Struct, frozen=True):
    """A call of an endpoint by a member's player."""

    request: AnyRequest
    parameters: Parameters
    viewer: Viewer

    @property
    def database(self) -> Database:
        """The database."""
        return context_of(self.request).database

    def reading(self, expensive: Expensive | None = None) -> AbstractAsyncContextManager[Conn]:
        """Open a connection for reading; cancelled if the player disconnects."""
        return reading(self.request, expensive)

    async def change[T](self, work: Callable[[Tx], Awaitable[T]], *, recorded: bool = True) -> T:
        """Return what `work` returns, run in a transaction, and again after a conflict."""
        return await self.database.transact(work, recorded=recorded)

    def find[T](self, kind: type[T]) -> T:
        """Return the service of a type."""
        return service_of(self.request, kind)

    def track_id(self, name: str = "id") -> UUID:
        """Return the id of a song. Raises ParameterMissing and ItemNotFound."""
        return read_track(self.parameters.text(name))

    def item_id(self, kind: ItemKind, name: str = "id") -> UUID:
        """Return the id of an item of a kind. Raises ParameterMissing and ItemNotFound."""
        return read_id(self.parameters.text(name), kind).id

    async def count(self, activity: Activity) -> None:
        """Count an activity of the member. Raises HourlyLimitReached."""
        await context_of(self.request).hourly_limits.count(activity, self.viewer.member)


type Answered = Content | Response[Any]


class Endpoint(Struct, frozen=True):
    """An endpoint, and the name of its content in the response.

    A change that `goes_on` is accepted even while the reserve of the disk is used up. What reads or
    lists much is `expensive`, as a route is: it holds a slot until its answer is encoded, and must
    only read. Refusals of one that `has_statuses` have a status of HTTP, those of others 200. Who
    acts as a profile needs the `right` there.
    """

    answer: Callable[[Call], Awaitable[Answered]]
    name: str | None = None
    is_change: bool = False
    goes_on: bool = False
    expensive: Expensive | None = None
    has_statuses: bool = False
    importance: Importance = Importance.ORDINARY
    right: Right = Right.READ


async def read_parameters(request: AnyRequest) -> Parameters:
    """Return the parameters of a request, those of a form first. Raises Invalid."""
    pairs: list[tuple[str, str]] = []
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _FORM:
            pairs += _parse((await request.body()).decode("utf-8", "replace"))
    pairs += _parse(request.scope["query_string"].decode("latin-1"))
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        # PostgreSQL stores no zero bytes.
        values.setdefault(name, []).append(value.replace("\0", "")[:_MAX_TEXT])
    return Parameters(values)


def query_of(request: AnyRequest) -> Parameters:
    """Return the parameters in the query alone; none if it can't be read."""
    try:
        pairs = _parse(request.scope["query_string"].decode("latin-1"))
    except Invalid:
        return Parameters({})
    return Parameters({name: [value] for name, value in reversed(pairs)})


def _parse(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="replace", max_num_fields=MAX_ITEMS + 100
        )
    except ValueError as error:
        raise Invalid("There are too many parameters.") from error
