"""Text filters: words and links that admins refuse in public texts, or have reported.

Owns the table `text_filters`. Emits `TextFlagged`, and `text_filters_changed` through the table of
revisions. Every process keeps all filters in memory, and reloads them within a second.
"""
