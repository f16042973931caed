"""The site itself: its name, description, logo, colour and legal pages; tests of mail and storage.

Owns the table `site_profile`. Emits `site_changed` through the table of revisions. Every process
keeps all but the texts of the pages in memory, and reloads it within a second.
"""
