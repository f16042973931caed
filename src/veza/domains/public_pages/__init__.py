"""What readers outside of the application get of public things: heads, embeds, feeds, sitemaps."""
