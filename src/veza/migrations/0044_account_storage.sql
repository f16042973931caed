-- The storage that each member uses, by kind. Triggers on the tables of the objects update it in
-- the same transaction, whatever statement or cascade changes them.
create table storage_usage (
    user_id uuid not null references users on delete cascade,
    kind    text not null
            check (kind in ('tracks', 'images', 'product_files', 'gear_documents', 'files')),
    bytes   bigint not null default 0 check (bytes >= 0),
    objects bigint not null default 0 check (objects >= 0),
    primary key (user_id, kind)
);

-- Each row has its own owner column: its parent may be deleted first.
alter table track_media
    add column owner_id uuid references users on delete set null,
    -- The size of the original; 0 for failed tracks, whose file is not kept.
    add column held_bytes bigint check (held_bytes >= 0);
alter table product_files add column owner_id uuid references users on delete set null;
alter table gear_documents add column owner_id uuid references users on delete set null;

create index track_media_owner_id on track_media (owner_id) where owner_id is not null;
create index product_files_owner_id on product_files (owner_id) where owner_id is not null;
create index gear_documents_owner_id on gear_documents (owner_id) where owner_id is not null;

update track_media m
   set owner_id = t.owner_id, held_bytes = case when t.status <> 'failed' then original_size else 0 end
  from tracks t
 where t.id = m.track_id;
update track_media set held_bytes = original_size where held_bytes is null;
update product_files f set owner_id = p.seller_id from products p where p.id = f.product_id;
update gear_documents d set owner_id = g.owner_id from gear g where g.id = d.gear_id;

alter table track_media alter column held_bytes set not null;

-- Filled in here, to account for the previous version of the program, which doesn't know the
-- columns.
create function own_track_media() returns trigger language plpgsql as $$
begin
    new.owner_id := (select t.owner_id from tracks t where t.id = new.track_id);
    new.held_bytes := new.original_size;
    return new;
end
$$;

create function own_product_file() returns trigger language plpgsql as $$
begin
    new.owner_id := (select p.seller_id from products p where p.id = new.product_id);
    return new;
end
$$;

create function own_gear_document() returns trigger language plpgsql as $$
begin
    new.owner_id := (select g.owner_id from gear g where g.id = new.gear_id);
    return new;
end
$$;

create trigger track_media_owned before insert on track_media
    for each row execute function own_track_media();
create trigger product_files_owned before insert on product_files
    for each row execute function own_product_file();
create trigger gear_documents_owned before insert on gear_documents
    for each row execute function own_gear_document();

-- Add to the usage of a member. A member without a row is new, or being erased: then there is
-- nothing to subtract from.
create function add_to_storage_usage(member uuid, what text, more_bytes bigint, more_objects bigint)
    returns void language plpgsql as $$
begin
    if more_bytes > 0 or more_objects > 0 then
        insert into storage_usage (user_id, kind)
        select u.id, what from users u where u.id = member
        on conflict do nothing;
    end if;
    -- A wrong count must not prevent a deletion; `veza storage verify` reports it.
    update storage_usage
       set bytes = greatest(0, bytes + more_bytes), objects = greatest(0, objects + more_objects)
     where user_id = member and kind = what;
end
$$;

-- Account for a row that was inserted, updated or deleted. Arguments: the kind, and the column with
-- the size. It runs at the commit, after every other statement: the count is always locked last, so
-- there are no deadlocks.
create function account_storage() returns trigger language plpgsql as $$
declare
    was_owner uuid;
    was_size  bigint;
    is_owner  uuid;
    is_size   bigint;
begin
    if tg_op <> 'INSERT' then
        was_size := (to_jsonb(old)->>tg_argv[1])::bigint;
        was_owner := old.owner_id;
    end if;
    if tg_op <> 'DELETE' then
        is_size := (to_jsonb(new)->>tg_argv[1])::bigint;
        is_owner := new.owner_id;
    end if;
    if was_owner = is_owner then
        perform add_to_storage_usage(is_owner, tg_argv[0], is_size - was_size, 0);
        return null;
    end if;
    if was_owner is not null then
        perform add_to_storage_usage(was_owner, tg_argv[0], -was_size, -1);
    end if;
    if is_owner is not null then
        perform add_to_storage_usage(is_owner, tg_argv[0], is_size, 1);
    end if;
    return null;
end
$$;

create constraint trigger track_media_accounted after insert or delete on track_media
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'held_bytes');
create constraint trigger track_media_accounted_anew after update of owner_id, held_bytes on track_media
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'held_bytes');

create constraint trigger images_accounted after insert or delete on images
    deferrable initially deferred
    for each row execute function account_storage('images', 'size_bytes');
create constraint trigger images_accounted_anew after update of owner_id, size_bytes on images
    deferrable initially deferred
    for each row execute function account_storage('images', 'size_bytes');

create constraint trigger product_files_accounted after insert or delete on product_files
    deferrable initially deferred
    for each row execute function account_storage('product_files', 'size_bytes');
create constraint trigger product_files_accounted_anew after update of owner_id, size_bytes on product_files
    deferrable initially deferred
    for each row execute function account_storage('product_files', 'size_bytes');

create constraint trigger gear_documents_accounted after insert or delete on gear_documents
    deferrable initially deferred
    for each row execute function account_storage('gear_documents', 'size_bytes');
create constraint trigger gear_documents_accounted_anew after update of owner_id, size_bytes on gear_documents
    deferrable initially deferred
    for each row execute function account_storage('gear_documents', 'size_bytes');

-- Creating the triggers locks out writers until the commit, so nothing is missed or counted twice.
insert into storage_usage (user_id, kind, bytes, objects)
select owner_id, kind, sum(size), count(*)
  from (
           select owner_id, 'tracks' as kind, held_bytes as size from track_media
            union all
           select owner_id, 'images', size_bytes from images
            union all
           select owner_id, 'product_files', size_bytes from product_files
            union all
           select owner_id, 'gear_documents', size_bytes from gear_documents
       ) as held
 where owner_id is not null
 group by owner_id, kind;
