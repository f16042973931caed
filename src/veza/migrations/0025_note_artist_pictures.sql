-- An artist's own picture stands for them before those of their music.

create trigger users_picture_changed after update of avatar_id on users
    for each row when ((old.avatar_id is null) <> (new.avatar_id is null))
    execute function note_artist_change();
