"""Steps and values that tests of track comments share."""

# Six hundred tracks, on each of which somebody said two things.
MANY_TRACKS = """
    with made as (
        insert into tracks (id, owner_id, title, visibility, status, duration_ms, format,
                            comments_count)
        select gen_random_uuid(), $1, 'Ferry ' || n, 'public', 'ready', 1000, 'flac', 2
          from generate_series(1, 600) n
        returning id
    )
    insert into track_comments (id, track_id, author_id, content)
    select gen_random_uuid(), made.id, $2, 'said ' || n from made, generate_series(1, 2) n
"""
