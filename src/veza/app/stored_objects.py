"""The objects in the storage, by domain: for their verification and for backups."""

from veza.domains.cloud.blobs import stored_objects as blobs
from veza.domains.gear import stored_objects as gear
from veza.domains.images import stored_objects as images
from veza.domains.marketplace.archives import stored_objects as archives
from veza.domains.marketplace.invoices import stored_objects as invoices
from veza.domains.marketplace.products import stored_objects as products
from veza.domains.music.audio import stored_objects as audio
from veza.domains.platform.uploads import stored_objects as uploads
from veza.domains.privacy import stored_objects as privacy

OBJECT_SOURCES = (
    archives.OBJECT_SOURCE,
    audio.OBJECT_SOURCE,
    blobs.OBJECT_SOURCE,
    gear.OBJECT_SOURCE,
    images.OBJECT_SOURCE,
    invoices.OBJECT_SOURCE,
    privacy.OBJECT_SOURCE,
    products.OBJECT_SOURCE,
    uploads.OBJECT_SOURCE,
)
