-- How much each member has in the storage, by kind. The rows follow the tables that name the objects,
-- by triggers: in the same transaction, whatever statement or cascade changes them.
create table storage_usage (
    user_id uuid not null references users on delete cascade,
    kind    text not null
            check (kind in ('tracks', 'images', 'product_files', 'gear_documents')),
    bytes   bigint not null default 0 check (bytes >= 0),
    objects bigint not null default 0 check (objects >= 0),
    primary key (user_id, kind)
);

-- Uploads under way, and how many bytes each may still become. The process that receives one renews
-- its row; one that died doesn't, and its row counts no more after `expires_at`.
create table storage_reservations (
    id         uuid primary key,
    user_id    uuid not null references users on delete cascade,
    kind       text not null
               check (kind in ('tracks', 'images', 'product_files', 'gear_documents', 'files')),
    bytes      bigint not null check (bytes >= 0),
    expires_at timestamptz not null
);

create index storage_reservations_user_id on storage_reservations (user_id);
create index storage_reservations_expires_at on storage_reservations (expires_at);

-- Whose an object is stands in its own row: the row above it may be gone when it is deleted itself.
alter table track_media
    add column owner_id uuid references users on delete set null,
    -- What the original takes; 0 of a track that failed, of which no file is kept.
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

-- Filled in here, so that a program which doesn't know the columns yet is accounted for, too.
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

-- Add to `storage_usage` what a statement changed, the members in the order of their ids. Arguments:
-- the kind, and the column with the size, which is null as long as nothing is stored. A member who
-- has no row any more is being erased.
create function account_storage() returns trigger language plpgsql as $$
declare
    came text := format('select owner_id, %1$I as size, 1 as sign from came', tg_argv[1]);
    went text := format('select owner_id, %1$I as size, -1 as sign from went', tg_argv[1]);
    rows text := case tg_op when 'INSERT' then came when 'DELETE' then went
                            else came || ' union all ' || went end;
    changes text := format($sql$
        select owner_id as user_id, sum(sign * size)::bigint as bytes, sum(sign)::bigint as objects
          from (%s) as changed
         where owner_id is not null and size is not null
         group by owner_id
        having sum(sign * size) <> 0 or sum(sign) <> 0
    $sql$, rows);
begin
    if tg_op <> 'DELETE' then
        execute format($sql$
            insert into storage_usage (user_id, kind)
            select c.user_id, %L
              from (%s) as c
             where c.bytes > 0 or c.objects > 0
             order by c.user_id
            on conflict do nothing
        $sql$, tg_argv[0], changes);
    end if;
    execute format($sql$
        with change as (%s),
        locked as (
            select u.user_id
              from storage_usage u
              join change c on c.user_id = u.user_id
             where u.kind = %L
             order by u.user_id
               for no key update of u
        )
        update storage_usage u
           set bytes = u.bytes + c.bytes, objects = u.objects + c.objects
          from change c
          join locked l on l.user_id = c.user_id
         where u.user_id = c.user_id and u.kind = %L
    $sql$, changes, tg_argv[0], tg_argv[0]);
    return null;
end
$$;

create trigger track_media_came after insert on track_media
    referencing new table as came
    for each statement execute function account_storage('tracks', 'held_bytes');
create trigger track_media_changed after update on track_media
    referencing new table as came old table as went
    for each statement execute function account_storage('tracks', 'held_bytes');
create trigger track_media_went after delete on track_media
    referencing old table as went
    for each statement execute function account_storage('tracks', 'held_bytes');

create trigger images_came after insert on images
    referencing new table as came
    for each statement execute function account_storage('images', 'size_bytes');
create trigger images_changed after update on images
    referencing new table as came old table as went
    for each statement execute function account_storage('images', 'size_bytes');
create trigger images_went after delete on images
    referencing old table as went
    for each statement execute function account_storage('images', 'size_bytes');

create trigger product_files_came after insert on product_files
    referencing new table as came
    for each statement execute function account_storage('product_files', 'size_bytes');
create trigger product_files_changed after update on product_files
    referencing new table as came old table as went
    for each statement execute function account_storage('product_files', 'size_bytes');
create trigger product_files_went after delete on product_files
    referencing old table as went
    for each statement execute function account_storage('product_files', 'size_bytes');

create trigger gear_documents_came after insert on gear_documents
    referencing new table as came
    for each statement execute function account_storage('gear_documents', 'size_bytes');
create trigger gear_documents_changed after update on gear_documents
    referencing new table as came old table as went
    for each statement execute function account_storage('gear_documents', 'size_bytes');
create trigger gear_documents_went after delete on gear_documents
    referencing old table as went
    for each statement execute function account_storage('gear_documents', 'size_bytes');

-- The triggers keep writers out until this is committed, so that nothing is missed or counted twice.
insert into storage_usage (user_id, kind, bytes, objects)
select owner_id, kind, sum(size), count(*)
  from (
           select owner_id, 'tracks' as kind, held_bytes as size from track_media
            union all
           select owner_id, 'images', size_bytes from images where size_bytes is not null
            union all
           select owner_id, 'product_files', size_bytes from product_files
            union all
           select owner_id, 'gear_documents', size_bytes from gear_documents
       ) as held
 where owner_id is not null
 group by owner_id, kind;
