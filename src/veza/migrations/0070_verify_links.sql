-- Links of profiles are verified by pages that link back (rel=me), and checked again.

alter table profiles
    -- For each URL that was checked: under which handle and when, what was found, and when
    -- a link back was seen last.
    add column link_checks      jsonb not null default '[]'
               check (jsonb_array_length(link_checks) <= 10),
    -- The last check of a profile with a verified link.
    add column links_checked_at timestamptz;

create index profiles_links_checked_at on profiles (links_checked_at)
 where links_checked_at is not null;
