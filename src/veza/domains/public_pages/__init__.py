"""Public items for readers outside of the application: heads, embeds, feeds, sitemaps."""
