-- What a person has liked, followed and saved. Everything of a person is keyed by `user_id` and
-- lies with the row of `users`.

CREATE TABLE library_items (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    item_id bigint NOT NULL,
    added_at timestamptz NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM')),
    PRIMARY KEY (user_id, kind, item_id)
);
CREATE INDEX library_items_by_time
    ON library_items (user_id, kind, added_at DESC, item_id DESC);
