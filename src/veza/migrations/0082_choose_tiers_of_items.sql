-- Items for members of a tier, who have access besides those whom the visibility admits.

alter table tiers add constraint tiers_of_profile unique (id, profile_id);

-- A track has a tier of its owner. When two profiles become one, items and tiers move one after the
-- other, so that this is checked at the end of the transaction.
alter table tracks
    add column tier_id uuid,
    add constraint tracks_tier_id_fkey foreign key (tier_id, owner_id)
        references tiers (id, profile_id) on delete set null (tier_id)
        deferrable initially deferred;

create index tracks_tier_id on tracks (tier_id) where tier_id is not null;
create index tracks_for_members on tracks (owner_id, created_at, id) where tier_id is not null;

-- Releases, which members also see before they are published.
alter table releases
    add column tier_id uuid,
    add constraint releases_tier_id_fkey foreign key (tier_id, owner_id)
        references tiers (id, profile_id) on delete set null (tier_id)
        deferrable initially deferred;

create index releases_tier_id on releases (tier_id) where tier_id is not null;
create index releases_for_members on releases (owner_id, created_at, id) where tier_id is not null;

-- Posts, which are for members alone. Without the tier they would be for all, so it can't be
-- deleted before them.
alter table posts
    add column tier_id uuid,
    add constraint posts_tier_id_fkey foreign key (tier_id, author_id)
        references tiers (id, profile_id) deferrable initially deferred;

create index posts_tier_id on posts (tier_id) where tier_id is not null;
create index posts_for_members on posts (author_id, created_at, id) where tier_id is not null;

-- The feed begins with the latest post of each author that the viewer sees: this one, if it is
-- for all.
alter table latest_posts add column is_for_members boolean not null default false;
create index latest_posts_for_members on latest_posts (author_id) where is_for_members;
