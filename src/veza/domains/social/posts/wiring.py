"""The parts of `social/posts` that the program is assembled from."""

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.social.posts import jobs, personal_data, routes, service
from veza.domains.social.posts.queries import posts
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"post": service.find_evidence},
    takedowns={"post": service.TAKEDOWN},
    pictures={"post": service.PICTURE},
    reviewed={"post": service.list_reviewed},
    searchable=SearchableType(service.index_batch, jobs.refresh_search, jobs.recount_search_words),
    hidden_counts=[service.update_hidden_likes],
    statistics={"posts": posts.count_posts},
)
