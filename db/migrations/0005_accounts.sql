-- What is private of a person: how they sign in, and where they are signed in. All of it lies with
-- its user, so that a deletion is one statement on one shard.

CREATE TABLE accounts (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    email text,
    email_verified_at timestamptz,
    password_hash text, -- null: signs in with an external provider alone
    subject_key text COLLATE "C", -- null: has never signed in with one
    role text NOT NULL CHECK (role IN ('LISTENER', 'CURATOR', 'ADMIN')),
    disabled_at timestamptz
);

-- Claims. An address belongs to whoever has proved that they read its mail.
CREATE TABLE user_emails (
    email_key text COLLATE "C" PRIMARY KEY,
    user_id bigint NOT NULL
);

-- People of an external provider: `issuer subject`.
CREATE TABLE user_subjects (
    subject_key text COLLATE "C" PRIMARY KEY,
    user_id bigint NOT NULL
);

-- A session is what one sign-in has begun: a family of refresh tokens, of which one is current.
CREATE TABLE sessions (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    id bigint NOT NULL,
    device text NOT NULL,
    seed bytea NOT NULL CHECK (length(seed) = 32),
    current_sha256 bytea NOT NULL CHECK (length(current_sha256) = 32),
    previous_sha256 bytea CHECK (length(previous_sha256) = 32),
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

-- Codes that are sent by mail, one a purpose: the newest replaces the one before.
CREATE TABLE mailed_codes (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('VERIFY_EMAIL', 'RESET_PASSWORD')),
    code_sha256 bytea NOT NULL CHECK (length(code_sha256) = 32),
    email text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);
