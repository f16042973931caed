-- What people are shown by: a profile for each account, with a name in any script and pictures.

-- Kept by `profiles`, so that lists need no further join for them. A null name: the username.
alter table users
    add column display_name text,
    add column avatar_id    uuid;

create table profiles (
    -- A personal profile has the id of its account.
    id             uuid primary key,
    account_id     uuid not null references users on delete cascade,
    kind           text not null default 'person'
                   check (kind in ('person', 'artist', 'band', 'label')),
    -- The address of its page: of a personal profile, the username. All share one namespace.
    handle         text not null check (handle ~ '^[A-Za-z0-9_-]{3,30}$'),
    handle_key     text not null generated always as (lower(handle collate "C")) stored,
    -- Null: the handle.
    display_name   text check (length(display_name) between 1 and 60),
    place          text not null default '' check (length(place) <= 100),
    contact        text not null default '' check (length(contact) <= 200),
    -- Pairs of url and label.
    links          jsonb not null default '[]' check (jsonb_array_length(links) <= 10),
    avatar_id      uuid references images,
    banner_id      uuid references images,
    musicbrainz_id uuid,
    -- Set by staff. `skeletons` are what names that look like its own have in common with it.
    verified_at    timestamptz,
    skeletons      text[] not null default '{}',
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    constraint profiles_person_check check (kind <> 'person' or id = account_id)
);

create unique index profiles_handle_key on profiles (handle_key);
create index profiles_account_id on profiles (account_id);
create unique index profiles_avatar_id on profiles (avatar_id) where avatar_id is not null;
create unique index profiles_banner_id on profiles (banner_id) where banner_id is not null;
create index profiles_verified on profiles using gin (skeletons) where verified_at is not null;

-- A new account has a profile, also one that the former version of the program creates.
create function add_profiles() returns trigger language plpgsql as $$
begin
    insert into profiles (id, account_id, handle, created_at)
         select id, id, username, created_at from added order by id;
    return null;
end
$$;

create trigger users_profiled after insert on users
    referencing new table as added
    for each statement execute function add_profiles();

insert into profiles (id, account_id, handle, created_at)
     select id, id, username, created_at from users order by id;

-- A verified profile is one under the name that staff saw: another name ends it.
create function rename_profile() returns trigger language plpgsql as $$
begin
    update profiles
       set handle = new.username,
           verified_at = case when handle_key = new.username_key then verified_at end,
           updated_at = now()
     where id = new.id;
    return null;
end
$$;

create trigger users_profile_renamed after update of username on users
    for each row when (old.username is distinct from new.username)
    execute function rename_profile();

create function show_appearance() returns trigger language plpgsql as $$
begin
    update users
       set display_name = new.display_name, avatar_id = new.avatar_id, updated_at = now()
     where id = new.id;
    return null;
end
$$;

create trigger profiles_shown after update of display_name, avatar_id on profiles
    for each row when (new.kind = 'person'
                       and (old.display_name, old.avatar_id)
                           is distinct from (new.display_name, new.avatar_id))
    execute function show_appearance();
