"""The images in the storage."""

from veza.app.services import Services


def stored_images(services: Services) -> set[str]:
    """The ids of the images of which the storage holds something."""
    place = services.settings.data_dir / "media" / "images"
    return {path.name for path in place.iterdir()} if place.exists() else set()
