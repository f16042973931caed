-- Contracts: since 1.0.0 no code reads profiles.account_id, which no release has had: it is the id itself.

alter table profiles
    drop constraint profiles_account_check,
    drop constraint profiles_person_check;

create or replace function add_profiles() returns trigger language plpgsql as $$
begin
    insert into profiles (id, kind, handle, created_at)
         select id, coalesce(page_kind, 'person'), username, created_at
           from added order by id;
    return null;
end
$$;

alter table profiles
    drop column account_id,
    add constraint profiles_id_fkey foreign key (id) references users on delete cascade;
