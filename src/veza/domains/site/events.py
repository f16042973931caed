"""The topic of the site in the table of revisions."""

SITE_CHANGED = "site_changed"
