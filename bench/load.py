"""Many requests over persistent connections, with little overhead for the client."""

import asyncio
import re

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def send_many(port: int, path: str, *, requests: int, connections: int = 16) -> int:
    """Send GET requests; return the size of a body. Raises RuntimeError unless all are 200."""
    shares = [requests // connections] * connections
    sizes = await asyncio.gather(*(_send(port, path, share) for share in shares))
    return sizes[0]


async def _send(port: int, path: str, requests: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    size = 0
    for _ in range(requests):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        found = _LENGTH.search(head)
        size = int(found[1]) if found else 0
        await reader.readexactly(size)
    writer.close()
    return size
