-- How much of its budget each client has used: see resolvers/attempts.py and app/rate_limits.py.
--
-- A bucket is full again at `full_at`, seconds since 1970 by the clock of whoever writes it; what
-- is in the past is as good as not there. Unlogged: after a crash every bucket is full.

CREATE UNLOGGED TABLE rate_buckets (
    key text COLLATE "C" PRIMARY KEY,
    full_at double precision NOT NULL
) WITH (fillfactor = 70);
