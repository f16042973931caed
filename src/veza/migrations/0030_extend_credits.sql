-- The artists and credits of tracks and releases: names, which may link profiles that confirm it.

-- The displayed artists in one line; null: the owner. Written with the credits, so that what only
-- needs the text reads no other table. `has_credits`: whether there are rows of credits at all.
alter table tracks
    add column artist_name text check (length(artist_name) between 1 and 500),
    add column has_credits boolean not null default false;

alter table releases
    drop constraint releases_artist_name_check,
    add constraint releases_artist_name_check check (length(artist_name) between 1 and 500),
    add column has_credits boolean not null default false;

create table track_credits (
    id          uuid primary key,
    track_id    uuid not null references tracks on delete cascade,
    position    smallint not null check (position between 0 and 149),
    -- `artist`: one of the displayed artists, with the text that joins it to the next.
    role        text not null check (role in (
                    'artist', 'producer', 'composer', 'lyricist', 'writer', 'arranger',
                    'conductor', 'remixer', 'dj', 'performer', 'programming', 'engineer',
                    'recording', 'mixing', 'mastering', 'artwork', 'photography', 'other')),
    name        text not null check (length(name) between 1 and 200),
    join_phrase text not null default '' check (length(join_phrase) <= 30),
    -- What a performer plays, or what somebody with another role did.
    instrument  text check (length(instrument) between 1 and 50),
    user_id     uuid references users on delete set null,
    -- Of credits with a profile. Only those that the profile confirmed link it.
    state       text not null default 'pending'
                check (state in ('pending', 'confirmed', 'declined')),
    created_at  timestamptz not null default now(),
    unique (track_id, position)
);

create index track_credits_user_id on track_credits (user_id, state, created_at, id)
    where user_id is not null;

alter table release_credits
    drop constraint release_credits_position_check,
    add constraint release_credits_position_check check (position between 0 and 149),
    add column id uuid not null default gen_random_uuid(),
    add column join_phrase text not null default '' check (length(join_phrase) <= 30),
    add column instrument text check (length(instrument) between 1 and 50),
    add column state text not null default 'pending'
               check (state in ('pending', 'confirmed', 'declined')),
    add column created_at timestamptz not null default now();

create unique index release_credits_id on release_credits (id);
drop index release_credits_user_id;
create index release_credits_user_id on release_credits (user_id, state, created_at, id)
    where user_id is not null;

-- Roles were any text. The former version of the program still writes such ones.
create function read_credit_role() returns trigger language plpgsql as $$
begin
    if lower(new.role) in (
        'artist', 'producer', 'composer', 'lyricist', 'writer', 'arranger', 'conductor',
        'remixer', 'dj', 'performer', 'programming', 'engineer', 'recording', 'mixing',
        'mastering', 'artwork', 'photography', 'other')
    then
        new.role := lower(new.role);
    else
        new.instrument := new.role;
        new.role := 'other';
    end if;
    if new.user_id = (select owner_id from releases where id = new.release_id) then
        new.state := 'confirmed';
    end if;
    return new;
end
$$;

create trigger release_credits_read before insert or update of role on release_credits
    for each row execute function read_credit_role();

update release_credits set role = role;

alter table release_credits
    drop constraint release_credits_role_check,
    add constraint release_credits_role_check check (role in (
        'artist', 'producer', 'composer', 'lyricist', 'writer', 'arranger', 'conductor',
        'remixer', 'dj', 'performer', 'programming', 'engineer', 'recording', 'mixing',
        'mastering', 'artwork', 'photography', 'other'));

update releases r
   set has_credits = true
 where exists (select from release_credits c where c.release_id = r.id);

create function note_track_credits() returns trigger language plpgsql as $$
begin
    update tracks t
       set has_credits = exists (select from track_credits c where c.track_id = t.id)
     where t.id in (select track_id from changed)
       and has_credits <> exists (select from track_credits c where c.track_id = t.id);
    return null;
end
$$;

create trigger track_credits_added after insert on track_credits
    referencing new table as changed
    for each statement execute function note_track_credits();
create trigger track_credits_removed after delete on track_credits
    referencing old table as changed
    for each statement execute function note_track_credits();

create function note_release_credits() returns trigger language plpgsql as $$
begin
    update releases r
       set has_credits = exists (select from release_credits c where c.release_id = r.id)
     where r.id in (select release_id from changed)
       and has_credits <> exists (select from release_credits c where c.release_id = r.id);
    return null;
end
$$;

create trigger release_credits_added after insert on release_credits
    referencing new table as changed
    for each statement execute function note_release_credits();
create trigger release_credits_removed after delete on release_credits
    referencing old table as changed
    for each statement execute function note_release_credits();

-- A block ends what either says of the other for good: an unblocked member is asked again only for
-- a new credit.
create function decline_blocked_credits() returns trigger language plpgsql as $$
begin
    update track_credits c
       set state = 'declined'
      from tracks t
     where c.user_id in (new.blocker_id, new.blocked_id)
       and c.state <> 'declined'
       and t.id = c.track_id
       and t.owner_id in (new.blocker_id, new.blocked_id)
       and t.owner_id <> c.user_id;
    update release_credits c
       set state = 'declined'
      from releases r
     where c.user_id in (new.blocker_id, new.blocked_id)
       and c.state <> 'declined'
       and r.id = c.release_id
       and r.owner_id in (new.blocker_id, new.blocked_id)
       and r.owner_id <> c.user_id;
    return null;
end
$$;

create trigger blocks_end_credits after insert on blocks
    for each row execute function decline_blocked_credits();

-- For the ids of artists in the tags of files.
create index profiles_musicbrainz_id on profiles (musicbrainz_id)
    where musicbrainz_id is not null;
