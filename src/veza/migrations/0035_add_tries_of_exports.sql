-- The try of an export that counts: each writes its own archive, so a try that was taken for dead
-- does no harm. And why an export failed, in words for its member.
alter table exports
    add column tries          integer not null default 0 check (tries >= 0),
    add column failure_reason text check (length(failure_reason) between 1 and 200);
