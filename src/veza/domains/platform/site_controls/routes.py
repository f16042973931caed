"""Anybody lists active announcements, and which feature flags are on for them."""

from litestar import Router, get

from veza.core.access import Access, Scope
from veza.domains.platform.site_controls.models import ActiveAnnouncements, EvaluatedFlags
from veza.domains.platform.site_controls.service import SiteControls
from veza.http.dependencies import AnyRequest, visitor_of
from veza.http.services import service_of


@get("/announcements/active", access=Access.OPTIONAL, scope=Scope.READ, sync_to_thread=False)
def list_active_announcements(request: AnyRequest) -> ActiveAnnouncements:
    """List active announcements, newest first, at most 100.

    Those for everyone; for signed-in callers also those for members and for their role.
    """
    return ActiveAnnouncements(service_of(request, SiteControls).list_active(visitor_of(request)))


@get("/feature-flags", access=Access.OPTIONAL, scope=Scope.READ, sync_to_thread=False)
def evaluate_flags(request: AnyRequest) -> EvaluatedFlags:
    """List the feature flags, and whether each is on for the caller.

    For callers who aren't signed in, a flag is on only if it is on for everybody.
    """
    return EvaluatedFlags(service_of(request, SiteControls).evaluate(visitor_of(request)))


router = Router("/", route_handlers=[list_active_announcements, evaluate_flags], tags=["control"])
