-- Placeholders: pages that a label runs for an artist, until the artist claims them by a mailed link.

alter table profiles
    -- The label. Null once the page is claimed, and for all other pages.
    add column placeholder_of uuid references profiles on delete set null,
    add check (placeholder_of is null or kind in ('artist', 'band'));

create index profiles_placeholder_of on profiles (placeholder_of, id)
    where placeholder_of is not null;

create table profile_claims (
    profile_id uuid primary key references profiles on delete cascade,
    email      text not null check (length(email) between 3 and 254),
    email_key  text not null generated always as (lower(email collate "C")) stored,
    -- Null until the mail is written. Of the token itself nothing is stored.
    token_hash bytea unique check (length(token_hash) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index profile_claims_email_key on profile_claims (email_key);
create index profile_claims_expires_at on profile_claims (expires_at);

-- The members of a placeholder are those of its label, in the same roles, but for the one that is
-- about money. A placeholder that is claimed at this moment is waited for, and then left alone.
create function add_members_of_placeholders() returns trigger language plpgsql as $$
begin
    if new.role = 'finance' then
        return null;
    end if;
    with placeholders as (
        select id from profiles where placeholder_of = new.profile_id order by id for share
    )
    insert into profile_members as m (profile_id, user_id, role, is_shown)
         select id, new.user_id, new.role, false from placeholders order by id
    on conflict (profile_id, user_id) do update set role = excluded.role;
    return null;
end
$$;

create function remove_members_of_placeholders() returns trigger language plpgsql as $$
begin
    with placeholders as (
        select id from profiles where placeholder_of = old.profile_id order by id for share
    )
    delete from profile_members m
     using placeholders p
     where m.profile_id = p.id and m.user_id = old.user_id;
    return null;
end
$$;

create trigger profile_members_added_to_placeholders after insert or update of role
    on profile_members for each row execute function add_members_of_placeholders();
create trigger profile_members_removed_from_placeholders after delete
    on profile_members for each row execute function remove_members_of_placeholders();
create trigger profile_members_for_money after update of role
    on profile_members for each row when (new.role = 'finance')
    execute function remove_members_of_placeholders();
