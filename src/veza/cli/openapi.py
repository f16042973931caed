"""`veza openapi`."""

import argparse
import sys

from veza.app.api import create_litestar
from veza.app.settings.settings import Settings
from veza.http.api_docs.api_document import document_of


def openapi(settings: Settings, _: argparse.Namespace) -> None:
    """Print the OpenAPI document."""
    sys.stdout.write(document_of(create_litestar(settings)).decode() + "\n")
