"""A proxy that cuts every connection after a random number of bytes."""

import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 16 * 1024
# So that the creation of an upload gets through, whose client wouldn't find what it began.
_FEWEST_BYTES = 4000
# A close that sends RST, as a cable that is pulled out would look like soon.
_ABORT = struct.pack("ii", 1, 0)


class CuttingProxy:
    """Passes bytes on to a port; each connection ends after at most `most_bytes` of the client."""

    def __init__(self, port: int, most_bytes: int, seed: int) -> None:
        self._target = port
        self._most_bytes = most_bytes
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.cuts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._open):
            _abort(each)

    def _pass(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            # It was killed, and isn't back yet.
            _abort(client)
            return
        ends = {client, server}
        self._open |= ends
        back = threading.Thread(target=_copy, args=(server, client), daemon=True)
        back.start()
        left = self._random.randrange(_FEWEST_BYTES, self._most_bytes)
        with suppress(OSError):
            while left > 0 and (piece := client.recv(min(_PIECE, left))):
                server.sendall(piece)
                left -= len(piece)
        self.cuts += left == 0
        for end in ends:
            _abort(end)
        back.join()
        self._open -= ends


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_RDWR)


def _abort(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        end.shutdown(socket.SHUT_RD)
    end.close()


@contextmanager
def cutting(port: int, *, most_bytes: int, seed: int = 1) -> Iterator[CuttingProxy]:
    """A proxy in front of a port of this machine."""
    proxy = CuttingProxy(port, most_bytes, seed)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
