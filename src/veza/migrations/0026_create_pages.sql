-- Pages: profiles of artists, bands and labels that members run together. Each has a row in `users`
-- with its id, so that it owns, publishes and is followed like a member. Nobody signs in to it.

alter table users
    add column page_kind          text check (page_kind in ('artist', 'band', 'label')),
    -- Suspended because all of its owners are: lifted with the first of them.
    add column hidden_with_owners boolean not null default false,
    -- The address is unusable: its domain is reserved (RFC 2606). The password hash is none.
    add constraint users_page_check check (
        page_kind is null
        or (role = 'creator' and not has_password and password_hash = '*'
            and email = id::text || '@pages.invalid' and email_verified_at is null
            and approval is null and creator_requested_at is null)
    ),
    add constraint users_hidden_check check (
        not hidden_with_owners or (page_kind is not null and suspended_at is not null)
    );

create index users_pages on users (id) where page_kind is not null;

-- Nothing that signs in, or proves who somebody is, belongs to a page.
create function refuse_page() returns trigger language plpgsql as $$
begin
    if exists (select from users where id = new.user_id and page_kind is not null) then
        raise exception 'a page can''t have a row in %', tg_table_name
            using errcode = 'check_violation', constraint = 'refuse_page';
    end if;
    return new;
end
$$;

create trigger sessions_of_people before insert on sessions
    for each row execute function refuse_page();
create trigger api_keys_of_people before insert on api_keys
    for each row execute function refuse_page();
create trigger app_passwords_of_people before insert on app_passwords
    for each row execute function refuse_page();
create trigger passkeys_of_people before insert on passkeys
    for each row execute function refuse_page();
create trigger totp_factors_of_people before insert on totp_factors
    for each row execute function refuse_page();
create trigger recovery_codes_of_people before insert on recovery_codes
    for each row execute function refuse_page();
create trigger identities_of_people before insert on identities
    for each row execute function refuse_page();
create trigger email_tokens_of_people before insert on email_tokens
    for each row execute function refuse_page();
create trigger sign_up_requests_of_people before insert on sign_up_requests
    for each row execute function refuse_page();

-- A profile and its row in `users` have one id, whether it is a person's or a page's.
alter table profiles add constraint profiles_account_check check (id = account_id);

create or replace function add_profiles() returns trigger language plpgsql as $$
begin
    insert into profiles (id, account_id, kind, handle, created_at)
         select id, id, coalesce(page_kind, 'person'), username, created_at
           from added order by id;
    return null;
end
$$;

drop trigger profiles_shown on profiles;
create trigger profiles_shown after update of display_name, avatar_id on profiles
    for each row when ((old.display_name, old.avatar_id)
                       is distinct from (new.display_name, new.avatar_id))
    execute function show_appearance();

create table profile_members (
    profile_id uuid not null references profiles on delete cascade,
    user_id    uuid not null references users on delete cascade,
    role       text not null
               check (role in ('owner', 'manager', 'editor', 'uploader', 'moderator', 'finance')),
    -- Whether strangers see that the member belongs to it.
    is_shown   boolean not null,
    joined_at  timestamptz not null default now(),
    primary key (profile_id, user_id)
);

create index profile_members_user_id on profile_members (user_id, profile_id);

create trigger profile_members_are_people before insert on profile_members
    for each row execute function refuse_page();

-- The profile as which a member acted. It outlives the profile.
alter table audit_details add column profile_id uuid;

create index audit_details_profile_id on audit_details (profile_id, event_id desc)
    where profile_id is not null;
