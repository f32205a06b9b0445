-- Shows and episodes are found as songs are (0002_search.sql, 0003_search_upkeep.sql).

-- Where an episode lies, by its id alone: what search finds are ids.
CREATE TABLE episode_places (
    id bigint PRIMARY KEY,
    show_id bigint NOT NULL,
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0)
);

CREATE TABLE show_search (LIKE song_search, PRIMARY KEY (id, tier)) PARTITION BY LIST (tier);
CREATE TABLE show_search_0 PARTITION OF show_search FOR VALUES IN (0);
CREATE TABLE show_search_1 PARTITION OF show_search FOR VALUES IN (1);
CREATE TABLE show_search_2 PARTITION OF show_search FOR VALUES IN (2);
CREATE TABLE show_search_3 PARTITION OF show_search FOR VALUES IN (3);
CREATE TABLE show_search_4 PARTITION OF show_search FOR VALUES IN (4);
CREATE TABLE show_search_5 PARTITION OF show_search FOR VALUES IN (5);
CREATE TABLE show_search_6 PARTITION OF show_search FOR VALUES IN (6);
CREATE TABLE show_search_7 PARTITION OF show_search FOR VALUES IN (7);
CREATE TABLE show_search_8 PARTITION OF show_search FOR VALUES IN (8);
ALTER TABLE show_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX show_search_lexemes ON show_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX show_search_title ON show_search (title_norm, popularity DESC, id DESC);
CREATE TABLE show_search_bulk (LIKE song_search);

CREATE TABLE episode_search (LIKE song_search, PRIMARY KEY (id, tier)) PARTITION BY LIST (tier);
CREATE TABLE episode_search_0 PARTITION OF episode_search FOR VALUES IN (0);
CREATE TABLE episode_search_1 PARTITION OF episode_search FOR VALUES IN (1);
CREATE TABLE episode_search_2 PARTITION OF episode_search FOR VALUES IN (2);
CREATE TABLE episode_search_3 PARTITION OF episode_search FOR VALUES IN (3);
CREATE TABLE episode_search_4 PARTITION OF episode_search FOR VALUES IN (4);
CREATE TABLE episode_search_5 PARTITION OF episode_search FOR VALUES IN (5);
CREATE TABLE episode_search_6 PARTITION OF episode_search FOR VALUES IN (6);
CREATE TABLE episode_search_7 PARTITION OF episode_search FOR VALUES IN (7);
CREATE TABLE episode_search_8 PARTITION OF episode_search FOR VALUES IN (8);
ALTER TABLE episode_search ALTER COLUMN lexemes SET STATISTICS 0;
CREATE INDEX episode_search_lexemes ON episode_search USING gin (lexemes) WITH (fastupdate = off);
CREATE INDEX episode_search_title ON episode_search (title_norm, popularity DESC, id DESC);
CREATE TABLE episode_search_bulk (LIKE song_search);

INSERT INTO search_state (kind, generation) VALUES ('show', 1), ('episode', 1);
