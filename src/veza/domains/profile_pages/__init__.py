"""Pages of profiles, with all that only they show, and the releases of a label's roster.

Owns no tables: reads those of what profiles publish, and of who follows whom.
"""
