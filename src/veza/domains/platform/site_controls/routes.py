"""HTTP for everybody: what is announced to the caller, and which features are on."""

from litestar import Router, get

from veza.core.access import Access, Scope
from veza.domains.platform.site_controls.models import ActiveAnnouncements, EvaluatedFlags
from veza.domains.platform.site_controls.service import ControlRoom
from veza.http.dependencies import AnyRequest, visitor_of
from veza.http.services import service_of


@get("/announcements/active", access=Access.OPTIONAL, scope=Scope.READ, sync_to_thread=False)
def list_active_announcements(request: AnyRequest) -> ActiveAnnouncements:
    """List active announcements, the newest first, at most 100.

    Those for everyone; signed in, also those for members and for one's own role.
    """
    return ActiveAnnouncements(service_of(request, ControlRoom).list_active(visitor_of(request)))


@get("/feature-flags", access=Access.OPTIONAL, scope=Scope.READ, sync_to_thread=False)
def evaluate_flags(request: AnyRequest) -> EvaluatedFlags:
    """Tell which features are on for the caller.

    Without a token a feature is on only where it is on for everybody.
    """
    return EvaluatedFlags(service_of(request, ControlRoom).evaluate(visitor_of(request)))


router = Router("/", route_handlers=[list_active_announcements, evaluate_flags], tags=["control"])
