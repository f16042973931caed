"""Start the cluster, say where it is, and stop it at Ctrl-C or SIGTERM."""

import signal
import sys

from tests.cluster.cluster import ADMIN, running


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        sys.stdout.write("Starting the cluster takes half a minute.\n")
        with running() as cluster:
            sys.stdout.write(f"{cluster.url} (admin: {ADMIN[0]}, {ADMIN[1]!r})\n")
            for program in cluster.programs():
                sys.stdout.write(f"{program.pid:>8} {program.name:10} {program.log_path}\n")
            sys.stdout.write("Ctrl-C stops it, and deletes its data.\n")
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("The cluster is stopped.\n")


if __name__ == "__main__":
    main()
