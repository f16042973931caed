"""The parts of `shows` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.core.signed_urls import UrlSigner
from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.images.service.images import ImageProcessing
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.shows import jobs, personal_data
from veza.domains.shows.models.episodes import PublishEpisode
from veza.domains.shows.models.hubs import FeedHubs, PingHub
from veza.domains.shows.models.imports import ImportEpisodes, ReadFeed
from veza.domains.shows.routes import downloads, episodes, feeds, imports, keys, shows
from veza.domains.shows.service import search, takedowns
from veza.domains.shows.service import shows as show_service
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.domains.shows.service.importer import ShowImporter
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.foreign_http.foreign_files import ForeignFiles
from veza.infra.foreign_http.hubs import HubClient
from veza.infra.postgres.database import Database
from veza.infra.valkey.client import ValkeyClient


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [DownloadCounter(services.get(ValkeyClient))]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    counter = DownloadCounter(services.get(ValkeyClient))
    hubs = services.get(FeedHubs)
    client = HubClient(hubs.addresses)
    return [
        *_create_imports(services),
        Job(PublishEpisode, partial(jobs.publish_episode, database), at_once=2),
        Job(PingHub, partial(jobs.ping_hub, hubs, client), at_once=2),
        Schedule("announce_feeds", "* * * * *", partial(jobs.announce_feeds, database, hubs)),
        Schedule("publish_episodes", "* * * * *", partial(jobs.enqueue_publications, database)),
        Schedule(
            "store_downloads", "*/5 * * * *", partial(jobs.store_downloads, database, counter)
        ),
    ]


def _create_imports(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    importer = ShowImporter(
        database=database,
        files=ForeignFiles(),
        resumable=services.get(ResumableUploads),
        pictures=services.get(ImageProcessing),
        text_filters=services.get(TextFilters),
        urls=services.get(UrlSigner).builder(""),
    )
    return [
        Job(
            ReadFeed,
            partial(jobs.read_feed, importer),
            at_once=1,
            give_up=partial(jobs.give_up_feed, importer),
        ),
        Job(
            ImportEpisodes,
            partial(jobs.import_episodes, importer),
            at_once=2,
            needs_space=True,
        ),
        Schedule("continue_imports", "* * * * *", partial(jobs.continue_imports, database)),
    ]


WIRING = Wiring(
    routers=[shows.router, episodes.router, keys.router, downloads.router, imports.router],
    pages=[feeds.router],
    create_services=_create_services,
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    searchable=SearchableType(search.index_batch, jobs.refresh_search, jobs.recount_search_words),
    evidence={"show": show_service.find_evidence},
    takedowns={"show": takedowns.TAKEDOWN},
    pictures={"show": takedowns.COVER},
    reviewed={"show": takedowns.list_reviewed},
)
