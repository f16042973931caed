-- Players see artists by the names that they show: processes that remember the artists look again.

create trigger users_shown_name_changed after update of display_name on users
    for each row when (old.display_name is distinct from new.display_name)
    execute function note_artist_change();
