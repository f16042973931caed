-- The contents that a member holds, and in how many versions and snapshots. Their total is in
-- `storage_usage` (kind `files`): `bytes` sums distinct contents, `objects` counts files. So the
-- quota of an upload is checked without a sum over all versions.
create table content_owners (
    owner_id   uuid not null references users on delete cascade,
    sha256     text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    refs       integer not null check (refs > 0),
    primary key (owner_id, sha256)
);

create index content_owners_size on content_owners (owner_id, size_bytes);

-- The owner of a version: its file may be deleted first.
alter table file_versions add column owner_id uuid references users;
update file_versions v set owner_id = f.owner_id from files f where f.id = v.file_id;
alter table file_versions alter column owner_id set not null;

-- Filled in here, to account for the previous version of the program, which doesn't know the
-- column.
create function own_file_version() returns trigger language plpgsql as $$
begin
    new.owner_id := coalesce(
        new.owner_id, (select f.owner_id from files f where f.id = new.file_id)
    );
    return new;
end
$$;

create trigger file_versions_owned before insert on file_versions
    for each row execute function own_file_version();

-- Account for a version or a snapshot that was added or deleted. It runs at the commit and locks
-- the member's count first, so there are no deadlocks.
create function account_contents() returns trigger language plpgsql as $$
declare
    member uuid := case tg_op when 'INSERT' then new.owner_id else old.owner_id end;
    is_first boolean;
    is_last boolean;
begin
    if tg_op = 'INSERT' then
        insert into storage_usage (user_id, kind)
        select u.id, 'files' from users u where u.id = member
        on conflict do nothing;
    end if;
    perform from storage_usage where user_id = member and kind = 'files' for no key update;
    if tg_op = 'INSERT' then
        insert into content_owners as h (owner_id, sha256, size_bytes, refs)
        select u.id, new.sha256, new.size_bytes, 1 from users u where u.id = member
        on conflict (owner_id, sha256) do update
                set refs = h.refs + 1
          returning refs = 1 into is_first;
        if is_first then
            perform add_to_storage_usage(member, 'files', new.size_bytes, 0);
        end if;
        return null;
    end if;
    delete from content_owners
          where owner_id = member and sha256 = old.sha256 and refs = 1
      returning true into is_last;
    if is_last then
        perform add_to_storage_usage(member, 'files', -old.size_bytes, 0);
    else
        update content_owners set refs = refs - 1 where owner_id = member and sha256 = old.sha256;
    end if;
    return null;
end
$$;

create function account_file() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform add_to_storage_usage(new.owner_id, 'files', 0, 1);
    else
        perform add_to_storage_usage(old.owner_id, 'files', 0, -1);
    end if;
    return null;
end
$$;

create constraint trigger file_versions_accounted after insert or delete on file_versions
    deferrable initially deferred
    for each row execute function account_contents();
create constraint trigger file_snapshots_accounted after insert or delete on file_snapshots
    deferrable initially deferred
    for each row execute function account_contents();
create constraint trigger files_accounted after insert or delete on files
    deferrable initially deferred
    for each row execute function account_file();

-- Creating the triggers locks out writers until the commit, so nothing is missed or counted twice.
insert into content_owners (owner_id, sha256, size_bytes, refs)
select owner_id, sha256, max(size_bytes), count(*)
  from (
           select owner_id, sha256, size_bytes from file_versions
            union all
           select owner_id, sha256, size_bytes from file_snapshots
       ) as held
 group by owner_id, sha256;

insert into storage_usage (user_id, kind, bytes, objects)
select u.id, 'files', coalesce(h.bytes, 0), coalesce(f.objects, 0)
  from users u
  left join (select owner_id, sum(size_bytes)::bigint as bytes from content_owners group by owner_id) h
         on h.owner_id = u.id
  left join (select owner_id, count(*) as objects from files group by owner_id) f
         on f.owner_id = u.id
 where h.owner_id is not null or f.owner_id is not null;
