"""The default split of a profile is proposed for what it makes."""

from veza.domains.marketplace.products.events import ProductCreated
from veza.domains.marketplace.splits import service
from veza.domains.marketplace.splits.models import SplitTarget
from veza.domains.music.releases.events import ReleaseCreated
from veza.infra.postgres.database import Tx


async def propose_default(tx: Tx, event: ProductCreated | ReleaseCreated) -> None:
    """Propose the default split of the owner, if there is one. Running twice proposes it once."""
    if isinstance(event, ProductCreated):
        target = SplitTarget(product_id=event.product_id)
    else:
        target = SplitTarget(release_id=event.release_id)
    await service.propose_default(tx, target, event.owner_id)
