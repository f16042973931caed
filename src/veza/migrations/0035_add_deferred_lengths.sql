-- Resumable uploads whose length the client tells later. Until then `length_bytes` is the most that
-- may arrive, which is reserved.

alter table resumable_uploads
    add column is_deferred boolean not null default false,
    add check (not is_deferred or state in ('receiving', 'failed'));
