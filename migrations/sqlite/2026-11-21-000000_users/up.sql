-- AUTOINCREMENT: an id is never used for a second person.
CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    uuid            TEXT NOT NULL UNIQUE,
    username        TEXT,
    email           TEXT,
    name            TEXT NOT NULL,
    username_folded TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    roles           TEXT NOT NULL,
    enabled         BOOLEAN NOT NULL,
    facts           TEXT NOT NULL,
    created         TIMESTAMP NOT NULL,
    updated         TIMESTAMP NOT NULL,
    -- Counts how often all sessions were ended, so that no sign-in that began before opens one after.
    session_epoch   BIGINT NOT NULL
);
CREATE INDEX users_by_username ON users (username);

-- Usernames and e-mails in one column, folded by the core: nobody may register
-- as a username the e-mail of somebody else.
CREATE TABLE login_names (
    folded  TEXT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX login_names_by_user ON login_names (user_id);

-- Apart from users, so that a read of a user never carries a hash.
CREATE TABLE credentials (
    user_id       BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT,
    secret_digest BLOB
);

CREATE TABLE addresses (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    chain   TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (user_id, chain)
);

-- A token lives as long as its row: revoking deletes it.
CREATE TABLE tokens (
    jti     TEXT PRIMARY KEY NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    realm   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    family  TEXT NOT NULL,
    expires TIMESTAMP NOT NULL,
    spent   BOOLEAN NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id);
CREATE INDEX tokens_by_family ON tokens (family);
CREATE INDEX tokens_by_expiry ON tokens (expires);

-- Rows that a transaction updates to keep others out while it checks a rule
-- that spans several rows.
CREATE TABLE locks (
    name  TEXT PRIMARY KEY NOT NULL,
    taken BIGINT NOT NULL
);
INSERT INTO locks (name, taken) VALUES ('administrators', 0);
