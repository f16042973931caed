-- Ratings of artists, which only the member who gives them sees.

create table artist_ratings (
    user_id   uuid not null references users on delete cascade,
    artist_id uuid not null references users on delete cascade,
    rating    smallint not null check (rating between 1 and 5),
    rated_at  timestamptz not null default now(),
    primary key (user_id, artist_id)
);

create index artist_ratings_artist_id on artist_ratings (artist_id);

create or replace function note_ended_relation() returns trigger language plpgsql as $$
begin
    -- None of a member who is being deleted.
    insert into ended_relations (user_id)
         select id from users where id = any(array[
             (to_jsonb(old) ->> 'follower_id')::uuid,
             (to_jsonb(old) ->> 'blocker_id')::uuid,
             (to_jsonb(old) ->> 'blocked_id')::uuid,
             (to_jsonb(old) ->> 'user_id')::uuid
         ])
          order by id
    on conflict (user_id) do update set ended_at = excluded.ended_at;
    return null;
end
$$;

create trigger artist_ratings_ended after delete on artist_ratings
    for each row execute function note_ended_relation();
