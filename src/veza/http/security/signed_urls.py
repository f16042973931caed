"""Signed URLs in requests and responses: see `core.signed_urls`."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from veza.core.signed_urls import Resource, UrlBuilder, UrlSignature
from veza.http.context import context_of
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
    context = context_of(request)
    return context.url_signer.builder(context.base_url_of(request))


def is_signed(
    request: AnyRequest, signature: UrlSignature | None, resource: Resource, *ids: object
) -> bool:
    """Return whether the signature of a request is valid for a resource."""
    return context_of(request).url_signer.is_valid(signature, resource, *ids)
