-- Times at which what players know of artists last changed, and whether an artist has a picture.

-- When a member last ended a relation to an artist: such a row is gone, so its time is kept here.
create table ended_relations (
    user_id  uuid primary key references users on delete cascade,
    ended_at timestamptz not null default now()
);

create function note_ended_relation() returns trigger language plpgsql as $$
begin
    -- None of a member who is being deleted.
    insert into ended_relations (user_id)
         select id from users where id = any(array[
             (to_jsonb(old) ->> 'follower_id')::uuid,
             (to_jsonb(old) ->> 'blocker_id')::uuid,
             (to_jsonb(old) ->> 'blocked_id')::uuid
         ])
          order by id
    on conflict (user_id) do update set ended_at = excluded.ended_at;
    return null;
end
$$;

create trigger follows_ended after delete on follows
    for each row execute function note_ended_relation();
create trigger blocks_ended after delete on blocks
    for each row execute function note_ended_relation();

create function note_artist_change() returns trigger language plpgsql as $$
declare
    artist uuid := case tg_table_name when 'users' then to_jsonb(new) ->> 'id'
                                      else to_jsonb(coalesce(new, old)) ->> 'owner_id' end;
begin
    insert into catalogue_changes (kind, subject) values ('artist', artist::text)
        on conflict do nothing;
    return null;
end
$$;

create trigger users_hidden after update of suspended_at on users
    for each row when ((old.suspended_at is null) <> (new.suspended_at is null))
    execute function note_artist_change();

-- The picture of an artist is that of a public track or release.
create trigger tracks_cover_changed after update of cover_palette, visibility, status on tracks
    for each row
    when ((old.cover_palette is not null and old.visibility = 'public' and old.status = 'ready')
          <> (new.cover_palette is not null and new.visibility = 'public'
              and new.status = 'ready'))
    execute function note_artist_change();
create trigger tracks_cover_deleted after delete on tracks
    for each row when (old.cover_palette is not null and old.visibility = 'public')
    execute function note_artist_change();
create trigger releases_cover_changed after update of cover_image_id on releases
    for each row when ((old.cover_image_id is null) <> (new.cover_image_id is null)
                       and new.visibility = 'public')
    execute function note_artist_change();

-- The last change of an artist is kept, whenever it was; of earlier ones nothing is known.
insert into catalogue_changes (kind, subject)
     values ('artist', '00000000-0000-0000-0000-000000000000')
on conflict do nothing;
