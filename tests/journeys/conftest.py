"""One server for all journeys that leave it as it was, and sounds to send."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.through import served
from tests.journeys.pages import Pages, showing_pages
from tests.journeys.served import Server, sign_up


@pytest.fixture(scope="package")
def pages() -> Iterator[Pages]:
    """A web server of somebody else, from whose pages the API may be called."""
    with showing_pages() as made:
        yield made


@pytest.fixture(scope="package")
def server(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    backups = str(tmp_path_factory.mktemp("backups"))
    settings = {"VEZA_CORS_ORIGINS": pages.origin, "VEZA_BACKUP_TARGET": backups}
    with served("--workers", "2", **settings) as running:
        yield running


@pytest.fixture(scope="package")
def token(server: Server) -> str:
    return sign_up(server, "traveller")


@pytest.fixture(scope="package")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("journey")
