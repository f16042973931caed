"""The parts of `shows` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.shows import jobs, personal_data
from veza.domains.shows.models.episodes import PublishEpisode
from veza.domains.shows.models.hubs import FeedHubs, PingHub
from veza.domains.shows.routes import downloads, episodes, feeds, keys, shows
from veza.domains.shows.service import search, takedowns
from veza.domains.shows.service import shows as show_service
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
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
        Job(PublishEpisode, partial(jobs.publish_episode, database), at_once=2),
        Job(PingHub, partial(jobs.ping_hub, hubs, client), at_once=2),
        Schedule("announce_feeds", "* * * * *", partial(jobs.announce_feeds, database, hubs)),
        Schedule("publish_episodes", "* * * * *", partial(jobs.enqueue_publications, database)),
        Schedule(
            "store_downloads", "*/5 * * * *", partial(jobs.store_downloads, database, counter)
        ),
    ]


WIRING = Wiring(
    routers=[shows.router, episodes.router, keys.router, downloads.router],
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
