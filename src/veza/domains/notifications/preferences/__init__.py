"""Inboxes: of what members want to be told, and from whom they hear nothing.

Owns the table `inboxes`. Announces nothing. Never knows what is told: whoever tells a member
something asks for their inbox first, which is then locked, so that one tells at a time.
"""
