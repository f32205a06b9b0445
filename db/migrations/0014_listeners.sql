-- Shows and episodes are as popular as they have listeners: each person counts once for an episode,
-- when half a minute of it was heard.
ALTER TABLE episode_progress ADD COLUMN rolled_up boolean NOT NULL DEFAULT false;
CREATE INDEX listeners_to_roll_up ON episode_progress (user_id, episode_id)
    WHERE (position_ms >= 30000 OR completed) AND NOT rolled_up;

ALTER TABLE play_counts DROP CONSTRAINT play_counts_kind_check;
ALTER TABLE play_counts ADD CONSTRAINT play_counts_kind_check
    CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM', 'SHOW', 'EPISODE')) NOT VALID;
ALTER TABLE play_counts VALIDATE CONSTRAINT play_counts_kind_check;
