"""Failures to publish to a server. Its messages are not kept: they may contain the key."""


class PublishFailed(Exception):
    """Nothing can be sent to a server, or not any more."""


class HostUnknown(PublishFailed):
    """The host has no address."""


class HostPrivate(PublishFailed):
    """The host has an address that is not public."""


class HostUnreachable(PublishFailed):
    """The server can't be connected to."""


class CertificateWrong(PublishFailed):
    """The certificate is not of the host, or TLS fails otherwise."""


class NoAnswer(PublishFailed):
    """The server does not answer in time."""


class NoRtmp(PublishFailed):
    """The server speaks something else."""


class ServerRefused(PublishFailed):
    """The server does not take the stream: the key is wrong, or in use."""


class ServerGone(PublishFailed):
    """The server ended the connection."""


class ServerTooSlow(PublishFailed):
    """The server takes less than is sent."""
