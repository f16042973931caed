"""The player for pages of other sites, and oEmbed, by which those sites find it.

Owns no tables. Both show what somebody who is not signed in may play.
"""
