"""Pages of profiles: a profile with all that only its own page shows.

Owns no tables: reads those of what profiles publish, and of who follows whom.
"""
