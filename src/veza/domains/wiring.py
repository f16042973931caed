"""The parts of a domain that the program is assembled from: `wiring.py` of each domain has one.

`app/domains.py` lists the domains; the other modules of `app` go through that list.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from veza.domains.contributions import (
    FindCopies,
    FindEvidence,
    FindSameFiles,
    ListHashes,
    ListReviewed,
    ListReviewedObjects,
    PersonalData,
    SearchableType,
    StatisticsQuery,
    TakedownKind,
    UpdateHidden,
)
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database
from veza.infra.storage.stored_objects import ObjectSource


class Job[J: Struct](Struct, frozen=True):
    """A type of job: what runs it, and what is done after the last attempt failed.

    `at_once` is how many of this type each worker runs concurrently: slots of its own, which no
    other type can take. With `needs_space`, it waits while the reserve of the disk is used up.
    """

    kind: type[J]
    run: Callable[[J], Awaitable[None]]
    at_once: int
    give_up: Callable[[J], Awaitable[None]] | None = None
    needs_space: bool = False


class Schedule(Struct, frozen=True):
    """An action that runs at the times of a cron expression in UTC, on one node only."""

    name: str
    cron: str
    run: Callable[[], Awaitable[None]]


class Recurring(Struct, frozen=True):
    """A schedule of which the action needs the database alone."""

    name: str
    cron: str
    run: Callable[[Database], Awaitable[None]]


def _list_nothing(_: ServiceRegistry) -> Sequence[Any]:
    return ()


def _name_nothing(_: ServiceRegistry) -> Mapping[str, Any]:
    return {}


class Wiring(Struct, frozen=True, kw_only=True):
    """The parts of a domain. All are optional.

    `routers` are below the prefix of the API, `pages` outside of it. `dependencies` are parameters
    that handlers ask for by name. `create_services` returns services that are found by their type.
    `recurring` and `create_work` are what the worker does. `upload_purposes` returns each
    `UploadPurpose` of resumable uploads by its name. `evidence` finds what members can report, by
    the name of its type, and `copies` what of others is the same; `takedowns` is what staff can
    take down, `pictures` are those of its pictures that can be, by what they are of; `reviewed`
    lists what staff hears and sees of it, and `review_objects` its files that have no address.
    `file_hashes` are those of other files, and `same_files` finds what has them. `invariants` are
    SQL, by the name of the rule.
    """

    routers: Sequence[Router] = ()
    pages: Sequence[Router | HTTPRouteHandler] = ()
    dependencies: Mapping[str, Provide] = {}
    create_services: Callable[[ServiceRegistry], Sequence[object]] = _list_nothing
    recurring: Sequence[Recurring] = ()
    create_work: Callable[[ServiceRegistry], Sequence[Job[Any] | Schedule]] = _list_nothing
    upload_purposes: Callable[[ServiceRegistry], Mapping[str, Any]] = _name_nothing
    personal_data: PersonalData | None = None
    objects: ObjectSource | None = None
    evidence: Mapping[str, FindEvidence] = {}
    copies: Mapping[str, FindCopies] = {}
    takedowns: Mapping[str, TakedownKind] = {}
    pictures: Mapping[str, TakedownKind] = {}
    reviewed: Mapping[str, ListReviewed] = {}
    review_objects: Mapping[str, ListReviewedObjects] = {}
    file_hashes: Mapping[str, ListHashes] = {}
    same_files: Sequence[FindSameFiles] = ()
    searchable: SearchableType | None = None
    hidden_counts: Sequence[UpdateHidden] = ()
    statistics: Mapping[str, StatisticsQuery] = {}
    invariants: Mapping[str, str] = {}

    def list_work(self, services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
        """Return the jobs and schedules of the domain."""
        database = services.get(Database)
        recurring = [
            Schedule(each.name, each.cron, partial(each.run, database)) for each in self.recurring
        ]
        return [*self.create_work(services), *recurring]
