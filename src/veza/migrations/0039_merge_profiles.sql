-- Two profiles become one: which became which, and files that change hands with their storage.

create table merged_profiles (
    -- It is no more.
    profile_id uuid primary key,
    into_id    uuid not null references profiles on delete cascade,
    merged_at  timestamptz not null default now()
);

create index merged_profiles_into_id on merged_profiles (into_id);

-- As for all other stored things, whose triggers account a change of the owner, too.
create function account_moved_contents() returns trigger language plpgsql as $$
declare
    is_first boolean;
    is_last boolean;
begin
    insert into storage_usage (user_id, kind)
         select id, 'files' from users where id = new.owner_id
    on conflict do nothing;
    perform from storage_usage
      where user_id in (old.owner_id, new.owner_id) and kind = 'files'
      order by user_id
        for no key update;
    insert into content_owners as h (owner_id, sha256, size_bytes, refs)
         select id, new.sha256, new.size_bytes, 1 from users where id = new.owner_id
    on conflict (owner_id, sha256) do update
            set refs = h.refs + 1
      returning refs = 1 into is_first;
    if is_first then
        perform add_to_storage_usage(new.owner_id, 'files', new.size_bytes, 0);
    end if;
    delete from content_owners
          where owner_id = old.owner_id and sha256 = old.sha256 and refs = 1
      returning true into is_last;
    if is_last then
        perform add_to_storage_usage(old.owner_id, 'files', -old.size_bytes, 0);
    else
        update content_owners
           set refs = refs - 1
         where owner_id = old.owner_id and sha256 = old.sha256;
    end if;
    return null;
end
$$;

create function account_moved_file() returns trigger language plpgsql as $$
begin
    perform add_to_storage_usage(new.owner_id, 'files', 0, 1);
    perform add_to_storage_usage(old.owner_id, 'files', 0, -1);
    return null;
end
$$;

create constraint trigger files_accounted_anew after update of owner_id on files
    deferrable initially deferred
    for each row when (old.owner_id <> new.owner_id) execute function account_moved_file();
create constraint trigger file_versions_accounted_anew after update of owner_id on file_versions
    deferrable initially deferred
    for each row when (old.owner_id <> new.owner_id) execute function account_moved_contents();
create constraint trigger file_snapshots_accounted_anew after update of owner_id on file_snapshots
    deferrable initially deferred
    for each row when (old.owner_id <> new.owner_id) execute function account_moved_contents();
