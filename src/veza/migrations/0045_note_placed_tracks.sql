-- A flag for tracks that were ever placed on a release: lists skip the look-up for all others.
alter table tracks
    add column was_placed boolean not null default false;

update tracks t
   set was_placed = true
 where exists (select from release_tracks e where e.track_id = t.id);

create function note_placed_tracks() returns trigger language plpgsql as $$
begin
    perform from tracks
      where id in (select track_id from changed) and not was_placed
      order by id
        for no key update;
    update tracks
       set was_placed = true
     where id in (select track_id from changed) and not was_placed;
    return null;
end
$$;

create trigger release_tracks_noted after insert on release_tracks
    referencing new table as changed
    for each statement execute function note_placed_tracks();
