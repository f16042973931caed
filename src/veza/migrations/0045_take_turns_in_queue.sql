-- The last turn of an owner among those whose jobs wait or run: see `enqueue`.
create index pgqueuer_owner on pgqueuer (entrypoint, (headers->>'owner'), priority)
    where headers ? 'owner' and status in ('queued', 'picked');

-- For the number of tracks of a member that wait to be processed.
create index tracks_processing on tracks (owner_id) where status = 'processing';
