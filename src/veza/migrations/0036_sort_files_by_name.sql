-- For lists of a member's files by name; the trash is usually small.
create index files_search_text on files (owner_id, search_text, id) where trashed_at is null;
