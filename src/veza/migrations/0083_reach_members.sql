-- Broadcasts to the members of a tier of the profile, and of higher ones.

alter table broadcasts
    add column tier_id uuid,
    add constraint broadcasts_tier_id_fkey foreign key (tier_id, profile_id)
        references tiers (id, profile_id) deferrable initially deferred,
    drop constraint broadcasts_audience_check,
    add constraint broadcasts_audience_check
        check (audience in ('followers', 'buyers', 'members', 'subscribers', 'all')),
    add constraint broadcasts_tier_of_members check ((audience = 'members') = (tier_id is not null)),
    drop constraint broadcasts_stage_check,
    add constraint broadcasts_stage_check
        check (stage in ('followers', 'members', 'subscriptions'));

create index broadcasts_tier_id on broadcasts (tier_id) where tier_id is not null;

-- Rooms for members of a tier: they are private, and its members may join them. Without the tier
-- they stay private.
alter table conversations
    add column tier_id uuid references tiers on delete set null,
    add constraint conversations_of_tier check (tier_id is null or type = 'room' and is_private);

create index conversations_tier_id on conversations (tier_id) where tier_id is not null;
