-- What has changed of a person's, for clients that keep a copy: one row a change, numbered without
-- gaps. `last` is the number of the newest one; whoever writes a change holds its row until the
-- end of the transaction, so numbers become visible in their order (decision 27).

CREATE TABLE change_clocks (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    last bigint NOT NULL
) WITH (fillfactor = 70); -- written in place

-- What it is now is read from where it lies. `lies_with` is the owner of a saved playlist, the
-- playlist of an entry, the show of an episode.
CREATE TABLE changes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    number bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    item_id bigint, -- null: a play
    lies_with bigint,
    play_id uuid,
    kind text COLLATE "C" NOT NULL CHECK (kind IN (
        'SONG', 'ARTIST', 'ALBUM', 'SHOW', 'SAVED_PLAYLIST', 'PLAYLIST', 'ENTRY', 'ENTRIES', 'PLAY',
        'EPISODE'
    )),
    PRIMARY KEY (user_id, number),
    CHECK ((item_id IS NULL) = (kind = 'PLAY') AND (play_id IS NULL) = (kind <> 'PLAY'))
);
CREATE INDEX changes_by_time ON changes (changed_at);
