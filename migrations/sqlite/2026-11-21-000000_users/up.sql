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
    -- As which realms know the user otherwise than all others do; `identities` is where it is looked for.
    identities      TEXT NOT NULL DEFAULT '{}',
    created         TIMESTAMP NOT NULL,
    updated         TIMESTAMP NOT NULL,
    -- Counts how often all sessions were ended, so that no sign-in that began before opens one after.
    session_epoch   BIGINT NOT NULL
);
CREATE INDEX users_by_username ON users (username);
CREATE INDEX users_by_created ON users (created);

-- How many users there are, so that nobody has to count them: the sum over the shards, which the
-- triggers keep. There are several because on PostgreSQL registrations would wait for one.
CREATE TABLE user_counts (
    shard BIGINT PRIMARY KEY NOT NULL,
    users INTEGER NOT NULL
);
INSERT INTO user_counts (shard, users) VALUES
    (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0),
    (8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0);
CREATE TRIGGER users_counted_in AFTER INSERT ON users BEGIN
    UPDATE user_counts SET users = users + 1 WHERE shard = new.id % 16;
END;
CREATE TRIGGER users_counted_out AFTER DELETE ON users BEGIN
    UPDATE user_counts SET users = users - 1 WHERE shard = old.id % 16;
END;

-- Every three characters in a row, so that the search for a part of a name does not read all users.
-- It holds no text of its own; the triggers keep it beside the columns.
CREATE VIRTUAL TABLE users_search USING fts5 (
    username_folded, name_folded,
    content = 'users', content_rowid = 'id', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER users_search_in AFTER INSERT ON users BEGIN
    INSERT INTO users_search (rowid, username_folded, name_folded)
    VALUES (new.id, new.username_folded, new.name_folded);
END;
CREATE TRIGGER users_search_out AFTER DELETE ON users BEGIN
    INSERT INTO users_search (users_search, rowid, username_folded, name_folded)
    VALUES ('delete', old.id, old.username_folded, old.name_folded);
END;
CREATE TRIGGER users_search_changed AFTER UPDATE OF username_folded, name_folded ON users
WHEN old.username_folded <> new.username_folded OR old.name_folded <> new.name_folded BEGIN
    INSERT INTO users_search (users_search, rowid, username_folded, name_folded)
    VALUES ('delete', old.id, old.username_folded, old.name_folded);
    INSERT INTO users_search (rowid, username_folded, name_folded)
    VALUES (new.id, new.username_folded, new.name_folded);
END;

-- Usernames and e-mails in one column, folded by the core: nobody may register
-- as a username the e-mail of somebody else. A name with a realm is one that the user had on an old server
-- and that somebody else has here: it counts in that realm alone, and there it comes first. Without a user
-- it was somebody's in that realm, and means nobody there until it is given anew.
CREATE TABLE login_names (
    folded  TEXT NOT NULL,
    realm   TEXT NOT NULL DEFAULT '',
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (folded, realm)
);
CREATE INDEX login_names_by_user ON login_names (user_id);

-- Apart from users, so that a read of a user never carries a hash.
CREATE TABLE credentials (
    user_id       BIGINT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT,
    -- Whether a sign-in may replace the hash by a better one.
    keeps_hash    BOOLEAN NOT NULL DEFAULT FALSE,
    secret_digest BLOB
);

-- What was taken in from old servers, a run for each source.
CREATE TABLE import_runs (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    realm    TEXT NOT NULL,
    source   TEXT NOT NULL,
    -- SHA-256 of the source: whoever starts again with the same one goes on.
    digest   BLOB NOT NULL,
    options  TEXT NOT NULL,
    -- How many records of the source are done, in its order.
    position BIGINT NOT NULL,
    begun    TIMESTAMP NOT NULL,
    finished TIMESTAMP,
    undone   TIMESTAMP
);

-- A user as the old server knew it that it came from. A row without a user keeps ids from being given to anybody else.
CREATE TABLE identities (
    id             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    realm          TEXT NOT NULL,
    user_id        BIGINT REFERENCES users (id) ON DELETE SET NULL,
    run            BIGINT REFERENCES import_runs (id),
    -- Whether the run made the user, or found it here.
    made           BOOLEAN NOT NULL,
    number         BIGINT,
    uuid           TEXT,
    -- The name there, where somebody else has it here.
    username       TEXT,
    -- The e-mail there, where it counts there alone, or is spelled otherwise.
    email          TEXT,
    -- How its dialect showed a user who was linked then, in JSON: by it an export tells what has changed since. The
    -- record may tell otherwise, because a link gives nobody roles.
    linked         TEXT,
    -- By which the user signs in to this realm alone, for as long as it has not changed its password.
    password_hash  TEXT,
    -- Whether no sign-in may replace that hash by a better one.
    keeps_hash     BOOLEAN NOT NULL DEFAULT FALSE,
    -- The record as it came, a JSON object with its columns in their order.
    record         TEXT,
    -- Whether the password is still the one of the record.
    keeps_password BOOLEAN NOT NULL,
    -- When the user was last changed, as of the end of the import: any other time shows a change after it.
    updated        TIMESTAMP NOT NULL,
    UNIQUE (realm, number),
    UNIQUE (realm, uuid),
    UNIQUE (user_id, realm)
);
CREATE INDEX identities_by_run ON identities (run);

-- Records of old servers that a run left out: an export writes them back.
CREATE TABLE left_out (
    id       INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    run      BIGINT NOT NULL REFERENCES import_runs (id),
    realm    TEXT NOT NULL,
    -- What tells it from the others of its server: its number, else its UUID, else its name, else all of it.
    key      TEXT NOT NULL,
    number   BIGINT,
    -- Its names, folded: whoever has one of them here, and was not there, is not in an export.
    username TEXT,
    email    TEXT,
    -- As it came, a JSON object with its columns in their order; nothing where it could not be read.
    record   TEXT
);
CREATE INDEX left_out_by_key ON left_out (realm, key);
CREATE INDEX left_out_by_number ON left_out (realm, number);
CREATE INDEX left_out_by_username ON left_out (realm, username);
CREATE INDEX left_out_by_email ON left_out (realm, email);
CREATE INDEX left_out_by_run ON left_out (run);

-- Numbers that say which integer ids have been given: `own` is the last one that was given to a user before the first
-- import. From then on the gateway's own ones begin above those of any old server.
CREATE TABLE number_marks (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
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

-- Tokens of an old server that were given a row in tokens. An adoption stays until the token has expired,
-- whatever becomes of that row: who was logged out is not taken in again.
CREATE TABLE adoptions (
    jti     TEXT PRIMARY KEY NOT NULL,
    expires TIMESTAMP NOT NULL
);
CREATE INDEX adoptions_by_expiry ON adoptions (expires);

-- Rows that a transaction updates to keep others out while it checks a rule
-- that spans several rows.
CREATE TABLE locks (
    name  TEXT PRIMARY KEY NOT NULL,
    taken BIGINT NOT NULL
);
INSERT INTO locks (name, taken) VALUES ('administrators', 0), ('audit', 0);

-- Who did what. A row is written by the transaction that does what it tells of, without a place in the
-- chain; a moment later it gets one: `sequence` counts from 1, `digest` follows from the one before.
CREATE TABLE audit_entries (
    id           INTEGER PRIMARY KEY NOT NULL,
    at           TIMESTAMP NOT NULL,
    event        TEXT NOT NULL,
    dialect      TEXT NOT NULL,
    -- No references: an entry outlives its users.
    actor_id     BIGINT,
    actor_name   TEXT,
    subject_id   BIGINT,
    subject_name TEXT,
    address      TEXT,
    outcome      TEXT NOT NULL,
    detail       TEXT NOT NULL,
    seal         BLOB NOT NULL,
    sequence     BIGINT UNIQUE,
    digest       BLOB
);
CREATE INDEX audit_entries_unchained ON audit_entries (id) WHERE sequence IS NULL;

-- Where the chain begins (`anchor`: the last entry that retention has deleted) and where it ends (`head`).
CREATE TABLE audit_marks (
    name     TEXT PRIMARY KEY NOT NULL,
    sequence BIGINT NOT NULL,
    digest   BLOB NOT NULL,
    mac      BLOB NOT NULL
);
INSERT INTO audit_marks (name, sequence, digest, mac) VALUES ('anchor', 0, x'', x''), ('head', 0, x'', x'');

-- Whoever may write to the database may also drop these; the chain is what shows it.
CREATE TRIGGER audit_entries_begin_unchained BEFORE INSERT ON audit_entries
WHEN new.sequence IS NOT NULL OR new.digest IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'an audit entry is chained after it is written');
END;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
WHEN old.sequence IS NOT NULL OR new.sequence IS NULL OR new.digest IS NULL
    OR new.id IS NOT old.id
    OR new.at IS NOT old.at
    OR new.event IS NOT old.event
    OR new.dialect IS NOT old.dialect
    OR new.actor_id IS NOT old.actor_id
    OR new.actor_name IS NOT old.actor_name
    OR new.subject_id IS NOT old.subject_id
    OR new.subject_name IS NOT old.subject_name
    OR new.address IS NOT old.address
    OR new.outcome IS NOT old.outcome
    OR new.detail IS NOT old.detail
    OR new.seal IS NOT old.seal BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
WHEN old.sequence IS NULL OR old.sequence > (SELECT sequence FROM audit_marks WHERE name = 'anchor') BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Wrong passwords, counted for each account seen from each network, for each network, and for each account.
-- `key` is a keyed digest, because what was tried as a name may be a password.
CREATE TABLE guesses (
    key          BLOB PRIMARY KEY NOT NULL,
    -- When the last failure will be forgotten, and until when there may be no attempt: milliseconds since 1970.
    forgotten_ms BIGINT NOT NULL,
    until_ms     BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX guesses_by_end ON guesses (forgotten_ms);

-- From where an account signed in, so that guesses from elsewhere do not keep its owner out.
CREATE TABLE familiar_networks (
    account BLOB NOT NULL,
    network BLOB NOT NULL,
    seen    TIMESTAMP NOT NULL,
    PRIMARY KEY (account, network)
) WITHOUT ROWID;
CREATE INDEX familiar_networks_by_time ON familiar_networks (seen);
