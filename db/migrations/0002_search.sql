-- What search reads (docs/search.md): narrow rows made from the catalogue, which stays the truth.
--
-- Tier 0 takes every write, and every search reads all its matches. Tiers 1 to 4 hold the rows by
-- rank of popularity, and lie on disk in that order: the first matches found are the most popular
-- ones. They are only ever written as a whole, by a rebuild, and deleted from.
--
-- `lexemes` are the words, the beginnings of words (`^l`, `^lo`, `^lov`) and, in capitals, what
-- can be filtered by (`G7` is genre 7). The planner is kept from counting them (STATISTICS 0): its
-- default guess makes it take the GIN index for any word, rare or common, with any settings.

CREATE TABLE song_search (
    id bigint NOT NULL,
    duration_ms integer,
    popularity integer NOT NULL,
    tier smallint NOT NULL,
    year smallint,
    title_norm text COLLATE "C" NOT NULL,
    artists_norm text[] COLLATE "C" NOT NULL, -- the main artist first
    lexemes tsvector NOT NULL, -- empty: the row was deleted since the last rebuild
    PRIMARY KEY (id, tier)
) PARTITION BY LIST (tier);

CREATE TABLE artist_search (LIKE song_search, PRIMARY KEY (id, tier)) PARTITION BY LIST (tier);
CREATE TABLE album_search (LIKE song_search, PRIMARY KEY (id, tier)) PARTITION BY LIST (tier);

CREATE TABLE song_search_0 PARTITION OF song_search FOR VALUES IN (0);
CREATE TABLE song_search_1 PARTITION OF song_search FOR VALUES IN (1);
CREATE TABLE song_search_2 PARTITION OF song_search FOR VALUES IN (2);
CREATE TABLE song_search_3 PARTITION OF song_search FOR VALUES IN (3);
CREATE TABLE song_search_4 PARTITION OF song_search FOR VALUES IN (4);
ALTER TABLE song_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX song_search_lexemes ON song_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX song_search_title ON song_search (title_norm, popularity DESC, id DESC);

CREATE TABLE artist_search_0 PARTITION OF artist_search FOR VALUES IN (0);
CREATE TABLE artist_search_1 PARTITION OF artist_search FOR VALUES IN (1);
CREATE TABLE artist_search_2 PARTITION OF artist_search FOR VALUES IN (2);
CREATE TABLE artist_search_3 PARTITION OF artist_search FOR VALUES IN (3);
CREATE TABLE artist_search_4 PARTITION OF artist_search FOR VALUES IN (4);
ALTER TABLE artist_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX artist_search_lexemes ON artist_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX artist_search_title ON artist_search (title_norm, popularity DESC, id DESC);

CREATE TABLE album_search_0 PARTITION OF album_search FOR VALUES IN (0);
CREATE TABLE album_search_1 PARTITION OF album_search FOR VALUES IN (1);
CREATE TABLE album_search_2 PARTITION OF album_search FOR VALUES IN (2);
CREATE TABLE album_search_3 PARTITION OF album_search FOR VALUES IN (3);
CREATE TABLE album_search_4 PARTITION OF album_search FOR VALUES IN (4);
ALTER TABLE album_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX album_search_lexemes ON album_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX album_search_title ON album_search (title_norm, popularity DESC, id DESC);

-- One row for each of the three. `bounds` are the popularity and id of the last row of tiers 1, 2
-- and 3 in the rebuild that is under way.
CREATE TABLE search_state (
    kind text COLLATE "C" PRIMARY KEY,
    generation bigint NOT NULL,
    bounds bigint[]
);
INSERT INTO search_state (kind, generation) VALUES ('song', 1), ('artist', 1), ('album', 1);
