-- Invitations to run a page, and handles that lead to the profile which had them.

create table profile_invitations (
    id         uuid primary key,
    profile_id uuid not null references profiles on delete cascade,
    -- An invitation ends with the role of who sent it.
    invited_by uuid not null,
    -- Of a member, or of whoever reads the mails of an address.
    user_id    uuid references users on delete cascade,
    email      text check (length(email) between 3 and 254),
    email_key  text generated always as (lower(email collate "C")) stored,
    role       text not null
               check (role in ('owner', 'manager', 'editor', 'uploader', 'moderator', 'finance')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check ((user_id is null) <> (email is null)),
    foreign key (profile_id, invited_by) references profile_members on delete cascade
);

create unique index profile_invitations_user_id on profile_invitations (user_id, profile_id)
    where user_id is not null;
create unique index profile_invitations_email_key on profile_invitations (email_key, profile_id)
    where email is not null;
create index profile_invitations_invited_by on profile_invitations (profile_id, invited_by);
create index profile_invitations_expires_at on profile_invitations (expires_at);

-- Given to nobody else until then.
create table former_handles (
    handle_key text primary key,
    profile_id uuid not null references profiles on delete cascade,
    until      timestamptz not null
);

create index former_handles_profile_id on former_handles (profile_id, until desc);
create index former_handles_until on former_handles (until);

create or replace function rename_profile() returns trigger language plpgsql as $$
begin
    update profiles
       set handle = new.username,
           verified_at = case when handle_key = new.username_key then verified_at end,
           updated_at = now()
     where id = new.id;
    if old.username_key <> new.username_key then
        delete from former_handles where handle_key = new.username_key and profile_id = new.id;
        insert into former_handles as f (handle_key, profile_id, until)
             values (old.username_key, new.id, now() + interval '1 year')
        on conflict (handle_key) do update
                set profile_id = excluded.profile_id, until = excluded.until;
        -- Nobody keeps more than five names from others.
        delete from former_handles
         where profile_id = new.id
           and handle_key not in (select handle_key from former_handles
                                   where profile_id = new.id order by until desc limit 5);
    end if;
    return null;
end
$$;

-- After the row is stored: of two who rename at the same time, the later one sees the other.
create function keep_former_handles() returns trigger language plpgsql as $$
begin
    if exists (select from former_handles
                where handle_key = new.username_key and profile_id <> new.id and until > now()) then
        raise exception 'the name % is kept for a while', new.username_key
            using errcode = 'unique_violation', constraint = 'former_handles_pkey';
    end if;
    return null;
end
$$;

create trigger users_named after insert on users
    for each row execute function keep_former_handles();
create trigger users_renamed after update of username on users
    for each row when (old.username_key is distinct from new.username_key)
    execute function keep_former_handles();
