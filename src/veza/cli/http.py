"""`veza http`."""

import argparse
import gc

from veza.app.data_dir import create_data_dir
from veza.app.private_files import close_folder
from veza.app.settings.settings import Settings
from veza.infra.processes.forked_bytes import make_in_child
from veza.launcher.http_server import assemble, serve_http
from veza.launcher.listeners import open_listeners


def http(settings: Settings, arguments: argparse.Namespace) -> None:
    """Serve HTTP until SIGTERM."""
    create_data_dir(settings)
    close_folder(settings.data_dir)
    app = assemble(settings)
    # The objects that exist now are never freed: exclude them from garbage collection.
    gc.collect()
    gc.freeze()
    app.keep_document(make_in_child(app.pack_document))
    serve_http(app, settings, open_listeners(settings, arguments.host, arguments.port))
