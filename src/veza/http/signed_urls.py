"""Signed URLs in requests and responses: see `core.signed_urls`."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from veza.core.signed_urls import Resource, UrlBuilder, UrlSignature, UrlSigner
from veza.http.client import find_base_url
from veza.http.dependencies import AnyRequest

Signature = NamedDependency[UrlSignature | None]


def provide_signature(
    expires: Annotated[
        int | None, QueryParameter(description="When `signature` expires, in Unix seconds.")
    ] = None,
    signature: Annotated[
        str | None,
        QueryParameter(max_length=64, description="Admits a player that cannot send a token."),
    ] = None,
) -> UrlSignature | None:
    """Return the signature in the query of a request, if it has one."""
    if expires is None or signature is None:
        return None
    return UrlSignature(expires, signature)


def urls_of(request: AnyRequest) -> UrlBuilder:
    """Return a builder of URLs for the address at which this client reaches the server."""
    state = request.app.state
    return signer_of(request).builder(
        find_base_url(request, state.public_url, state.trusted_proxies)
    )


def signer_of(request: AnyRequest) -> UrlSigner:
    """Return what signs URLs and checks their signatures."""
    return request.app.state.url_signer


def is_signed(
    request: AnyRequest, signature: UrlSignature | None, resource: Resource, *ids: object
) -> bool:
    """Return whether the signature of a request is valid for a resource."""
    return signer_of(request).is_valid(signature, resource, *ids)
