-- Which try at an export counts: each writes an archive of its own, so that one that was thought dead
-- spoils nothing. And why an export failed, in words for its member.
alter table exports
    add column tries          integer not null default 0 check (tries >= 0),
    add column failure_reason text check (length(failure_reason) between 1 and 200);
