-- Lists of a member's files by name; what lies in the trash is mostly little.
create index files_search_text on files (owner_id, search_text, id) where trashed_at is null;
