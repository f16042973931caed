"""Statistics for creators: plays, listeners, likes, referrers and sales by day.

Owns the tables `statistics_progress`, `track_days`, `artist_days`, `release_days`,
`track_referrers`, `artist_referrers`, `product_days` and `seller_days`. A job counts the days that
are not closed again, from the rows of other domains; a closed day never changes. No listener can be
identified.
"""
