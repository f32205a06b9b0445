-- Accounts that are being deleted. From `deleted_at` on nobody sees the person any more; what is
-- theirs goes in batches, what they have claimed last of all (decision 28).

ALTER TABLE users ADD COLUMN deleted_at timestamptz;

-- Jobs: `due_at` is when a worker may take it; one that is at it moves it on.
CREATE TABLE account_deletions (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    email_key text, -- what the account had claimed, besides its name
    subject_key text,
    due_at timestamptz NOT NULL
);
CREATE INDEX account_deletions_due ON account_deletions (due_at, user_id);

-- The archive of all that a person has, the newest that they asked for. Once it is complete,
-- `due_at` is when it ends.
CREATE TABLE exports (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    object_key text NOT NULL,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    size_bytes bigint CHECK (size_bytes > 0),
    completed_at timestamptz,
    CHECK ((size_bytes IS NULL) = (completed_at IS NULL))
);
CREATE INDEX exports_due ON exports (due_at, user_id);

-- In which playlists of others somebody is: asked when they delete their account.
CREATE INDEX playlist_collaborators_by_person ON playlist_collaborators (collaborator_id);
