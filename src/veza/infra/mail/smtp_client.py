"""Creates the clients of an SMTP server."""

import socket

import aiosmtplib

from veza.infra.mail.mail_settings import SmtpServer, StartTls


def make_client(server: SmtpServer, answer_timeout_s: float) -> aiosmtplib.SMTP:
    """Return a client that is not connected yet.

    It waits `answer_timeout_s` for each answer of the server.
    """
    asked: dict[StartTls | None, bool | None] = {StartTls.REQUIRED: True, StartTls.OFFERED: None}
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        local_hostname=socket.gethostname() or None,
        timeout=answer_timeout_s,
        use_tls=server.start_tls is None,
        start_tls=asked.get(server.start_tls, False),
    )
