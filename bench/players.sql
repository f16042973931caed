-- Gives tracks files, and puts every other track of a member on a release: for what music players
-- list.
insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                         stream_size, preview_size, cover_size)
select t.id, 'tape.flac', 'flac', 5000000, md5(t.id::text) || md5(t.id::text), 3000000, 100000,
       9000
  from tracks t
    on conflict do nothing;

create temp table rl as
select row_number() over () as n, uuidv7(created_at - now()) as id, owner_id, title, genre,
       created_at, track_ids
  from (select owner_id, min(title) as title, min(genre) as genre, max(created_at) as created_at,
               array_agg(id) as track_ids
          from (select id, owner_id, title, genre, created_at,
                       row_number() over (partition by owner_id order by created_at) as place
                  from tracks) placed
         where place % 2 = 0
         group by owner_id, place / 20) made;
insert into releases (id, owner_id, title, kind, genre, release_date, visibility, published_at,
                      created_at, artist_key)
select id, owner_id, title, 'album', genre, date '1980-01-01' + (n % 15000)::integer, 'public',
       created_at, created_at, ''
  from rl;
insert into release_tracks (release_id, track_id, disc, number)
select rl.id, placed.track_id, 1, placed.number
  from rl cross join unnest(rl.track_ids) with ordinality as placed (track_id, number);

insert into track_draws (track_id, genre) select id, lower(genre) from tracks on conflict do nothing;
insert into track_genres (track_id, genre) select id, genre from tracks on conflict do nothing;
insert into genres (name, tracks_count)
select genre, count(*) from track_genres group by genre on conflict do nothing;
