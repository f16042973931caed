-- Which tags of which tracks are counted: of those that everybody may find. A track that is deleted
-- leaves its rows until they are counted no more, hence no reference.
create table track_tags (
    track_id uuid not null,
    key      text not null,
    spelling text not null,
    primary key (track_id, key)
);

-- A tag, however it is spelt, and how many tracks that everybody may find have it. Bytes decide the
-- order, so that those which begin alike lie side by side.
create table tags (
    key        text collate "C" check (length(key) > 0),
    uses_count integer not null check (uses_count >= 0),
    primary key (key) include (uses_count)
);

-- For what begins with one letter or two there may be very many: the most used lie first.
create index tags_first_letter on tags (left(key, 1), uses_count desc, key);
create index tags_first_letters on tags (left(key, 2), uses_count desc, key);
create index tags_uses_count on tags (uses_count desc, key);
create index tags_trigrams on tags using gin (key gin_trgm_ops);

-- How a tag is spelt, without regard to case, and by how many of its tracks.
create table tag_spellings (
    spelling   text collate "C" primary key check (length(spelling) > 0),
    key        text collate "C" not null,
    uses_count integer not null check (uses_count >= 0)
);

create index tag_spellings_key on tag_spellings (key, uses_count desc, spelling);

-- The tags of tracks that are there already: found from now on however they are spelt, and counted
-- by the worker.
update tracks
   set search_text = search_text || E'\n ' || (
           select string_agg(regexp_replace(lower(tag), '[^[:alnum:]+#]', '', 'g'), ' ')
             from unnest(tags) as tag
       ) || ' '
 where tags <> '{}';

insert into outbox (name, payload)
     select 'TrackChanged', jsonb_build_object('track_id', id, 'owner_id', owner_id)
       from tracks
      where tags <> '{}' and visibility = 'public' and status = 'ready';
