"""The services by which feeds and their files are imported."""

from msgspec import Struct

from veza.core.signed_urls import UrlBuilder
from veza.domains.images.service.images import ImageProcessing
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.infra.foreign_http.foreign_files import ForeignFiles
from veza.infra.postgres.database import Database


class ShowImporter(Struct, frozen=True):
    """The services by which feeds and their files are imported."""

    database: Database
    files: ForeignFiles
    resumable: ResumableUploads
    pictures: ImageProcessing
    text_filters: TextFilters
    urls: UrlBuilder
