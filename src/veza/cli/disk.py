"""`veza disk`: what uses the disk and the storage."""

import argparse
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console, Group
from rich.table import Table

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.domains.platform.uploads.models import StorageKind
from veza.operations.disk_usage import DiskUsage, MemberDiskUsage, measure

_WIDTH = 120
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_COLUMNS = {
    StorageKind.TRACKS: "tracks",
    StorageKind.IMAGES: "images",
    StorageKind.FILES: "private",
    StorageKind.PRODUCT_FILES: "products",
    StorageKind.GEAR_DOCUMENTS: "gear",
}


def disk(settings: Settings, arguments: argparse.Namespace) -> None:
    """Show what uses the disk and the storage, by kind and by member."""

    async def show(services: Services) -> None:
        usage = await measure(services, members=arguments.members)
        if arguments.json:
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(usage)).decode() + "\n")
        else:
            width = None if sys.stdout.isatty() else _WIDTH
            Console(width=width).print(draw(usage))

    with_services(settings, arguments, show)


def draw(usage: DiskUsage) -> Group:
    """Return the tables to print."""
    kinds = _table(["where", "what"], ["size", "files"])
    for each in usage.kinds:
        files = "" if each.objects is None else f"{each.objects:,}"
        kinds.add_row(each.place, each.kind, format_size(each.bytes), files)
    for place, reason in usage.unread.items():
        kinds.add_row(place, f"can't be read: {reason}", "", "")
    kinds.add_row("disk", "free", format_size(usage.free_bytes), "")
    kinds.add_row("disk", "size", format_size(usage.size_bytes), "")
    return Group(kinds, "", _draw_members(usage.members))


def _draw_members(members: list[MemberDiskUsage]) -> Table:
    table = _table(["member"], ["stores", *_COLUMNS.values(), "renditions"])
    for each in members:
        sizes = [format_size(each.kinds.get(kind, 0)) for kind in _COLUMNS]
        renditions = format_size(each.renditions_bytes)
        table.add_row(each.username, format_size(each.bytes), *sizes, renditions)
    return table


def format_size(size: float) -> str:
    """Return a size for people, in decimal units."""
    unit = 0
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size /= 1000
        unit += 1
    digits = 0 if unit == 0 or size >= 99.95 else 1
    return f"{size:.{digits}f} {_UNITS[unit]}"


def _table(left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table
