-- Disclosures of generated parts by tracks, and the choices of listeners. A member without a
-- choice of their own hears what the site plays to its visitors.

alter table tracks
    add column ai text not null default 'none' check (ai in ('none', 'parts', 'whole')),
    add column ai_parts text[] not null default '{}'
        check (ai_parts <@ array['vocals', 'lyrics', 'composition', 'instruments', 'artwork',
                                 'mix']),
    add constraint tracks_ai_parts_named check ((ai = 'parts') = (cardinality(ai_parts) > 0));

-- Numbered pages skip rows in the index alone, by what it has besides the order.
drop index tracks_listed;
create index tracks_listed on tracks (created_at, id) include (owner_id, is_explicit, ai)
    where visibility = 'public' and status = 'ready';

-- Few tracks disclose anything; lists of these alone are read by this index.
create index tracks_generated on tracks (ai, created_at, id) where ai <> 'none';

alter table users
    add column explicit text check (explicit in ('show', 'mark', 'hide')),
    add column ai text check (ai in ('show', 'hide'));

alter table site_profile
    add column explicit text not null default 'mark' check (explicit in ('show', 'mark', 'hide')),
    add column ai text not null default 'show' check (ai in ('show', 'hide'));
