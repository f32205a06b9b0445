-- Contents that curators have announced and that are not in the catalogue yet.

CREATE TABLE uploads (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    id bigint NOT NULL,
    file_name text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);
