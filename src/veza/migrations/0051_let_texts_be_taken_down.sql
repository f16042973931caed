-- Posts, comments and streams that staff has taken down. `is_hidden` of comments, which counts leave
-- out, is true for them as well.

alter table posts add column is_taken_down boolean not null default false;
alter table streams add column is_taken_down boolean not null default false;
alter table post_comments
    add column is_taken_down boolean not null default false,
    add constraint post_comments_taken_down
        check (not is_taken_down or is_hidden or deleted_at is not null);
alter table track_comments
    add column is_taken_down boolean not null default false,
    add constraint track_comments_taken_down
        check (not is_taken_down or is_hidden or deleted_at is not null);
