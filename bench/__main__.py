"""`python -m bench [NAME ...]`: run all benchmarks, or the named ones."""

import asyncio
import sys

from bench import attacks, chat, limits, list_tracks, login, orders

BENCHMARKS = {
    "list_tracks": list_tracks.run,
    "limits": limits.run,
    "login": login.run,
    "chat": chat.run,
    "orders": orders.run,
    "attacks": attacks.run,
}


def main() -> None:
    """Run the benchmarks one after the other."""
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"== {name}")
        asyncio.run(BENCHMARKS[name]())


main()
