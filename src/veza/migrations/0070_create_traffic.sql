-- The requests that all processes answered, in spans of five minutes. Kept for a month.
create table traffic (
    began_at timestamptz primary key,
    requests bigint not null check (requests >= 0),
    -- With a status of 500 or more, except for 503.
    failed   bigint not null check (failed >= 0),
    -- By a limit or an overload: 429 and 503.
    refused  bigint not null check (refused >= 0),
    -- Until responses began, summed up.
    total_ms double precision not null check (total_ms >= 0)
);
