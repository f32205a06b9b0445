-- Public playlists are found as songs are (0002_search.sql, 0003_search_upkeep.sql).

-- What everybody may find, by its id alone: the playlists themselves lie with their owners.
CREATE TABLE public_playlists (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    name text NOT NULL,
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0) -- how many people saved it
);
CREATE INDEX public_playlists_of_user ON public_playlists (user_id, id);
INSERT INTO public_playlists (id, user_id, name)
SELECT id, user_id, name FROM playlists WHERE visibility = 'PUBLIC';

CREATE TABLE playlist_search (LIKE song_search, PRIMARY KEY (id, tier)) PARTITION BY LIST (tier);
CREATE TABLE playlist_search_0 PARTITION OF playlist_search FOR VALUES IN (0);
CREATE TABLE playlist_search_1 PARTITION OF playlist_search FOR VALUES IN (1);
CREATE TABLE playlist_search_2 PARTITION OF playlist_search FOR VALUES IN (2);
CREATE TABLE playlist_search_3 PARTITION OF playlist_search FOR VALUES IN (3);
CREATE TABLE playlist_search_4 PARTITION OF playlist_search FOR VALUES IN (4);
CREATE TABLE playlist_search_5 PARTITION OF playlist_search FOR VALUES IN (5);
CREATE TABLE playlist_search_6 PARTITION OF playlist_search FOR VALUES IN (6);
CREATE TABLE playlist_search_7 PARTITION OF playlist_search FOR VALUES IN (7);
CREATE TABLE playlist_search_8 PARTITION OF playlist_search FOR VALUES IN (8);
ALTER TABLE playlist_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX playlist_search_lexemes ON playlist_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX playlist_search_title ON playlist_search (title_norm, popularity DESC, id DESC);
CREATE TABLE playlist_search_bulk (LIKE song_search);

INSERT INTO search_state (kind, generation) VALUES ('playlist', 1);
