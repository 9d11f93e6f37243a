-- Schema for SQLite (STRICT). Embedded by src/store/sqlite.rs; run by `cgi-session init`, again harmlessly.
-- Same tables, columns and order as sql/mysql/001_tables.sql: tests/schema.rs compares them.
-- Times are Unix seconds, UTC, from the program's clock; never now().

-- Who may sign in.
CREATE TABLE IF NOT EXISTS users (
    -- Never shown to anybody.
    id                  INTEGER PRIMARY KEY,
    -- In the one spelling of RFC 8265 (src/model/login_name.rs): compared byte for byte.
    login_name          TEXT    NOT NULL UNIQUE,
    -- Argon2id as a PHC string (src/auth/password.rs). Anything else never matches.
    password            TEXT    NOT NULL,
    -- Since when the user cannot sign in; NULL: they can.
    disabled_at         INTEGER,
    -- When an administrator added the user.
    created_at          INTEGER NOT NULL,
    -- A rehash of the same password is no change.
    password_changed_at INTEGER NOT NULL
) STRICT;

-- Who is signed in.
CREATE TABLE IF NOT EXISTS sessions (
    -- The session column: SHA-256 of the cookie's token, 64 lower-case hex digits
    -- (src/model/digest.rs). Whoever reads this table cannot sign in with it.
    -- PRIMARY KEY is what makes a clash an error instead of a takeover.
    session      TEXT    PRIMARY KEY CHECK (length(session) = 64),
    -- Whose it is; deleting the user ends it. NULL: a visitor who never signed in.
    user_id      INTEGER REFERENCES users (id) ON DELETE CASCADE,
    -- The sign-in.
    created_at   INTEGER NOT NULL,
    -- The last request that was written down: at most a minute behind (src/auth/life.rs).
    seen_at      INTEGER NOT NULL,
    -- When it ends at the latest; never moved.
    expires_at   INTEGER NOT NULL,
    -- 1: "keep me signed in", no idle limit.
    remember     INTEGER NOT NULL,
    -- For the user's own list of sessions; never compared: addresses change on the way.
    remote_addr  TEXT    NOT NULL DEFAULT '',
    -- The same; cut to 255 characters.
    user_agent   TEXT    NOT NULL DEFAULT '',
    -- What a site keeps with a session.
    data         TEXT,
    -- The count of its writes, so that none is lost.
    data_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- A user's sessions: listed, counted, ended.
CREATE INDEX IF NOT EXISTS sessions_user_id ON sessions (user_id);
-- Rows past their end: deleted in this order.
CREATE INDEX IF NOT EXISTS sessions_expires_at ON sessions (expires_at);

-- Which groups a user is in. (`groups` is a reserved word in MySQL 8.)
CREATE TABLE IF NOT EXISTS memberships (
    -- Who; deleting the user ends it.
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Compared byte for byte.
    group_name TEXT    NOT NULL,
    PRIMARY KEY (user_id, group_name)
) STRICT, WITHOUT ROWID;

-- Tries that failed or are being made, for the throttle (src/auth/throttle.rs). Bounded in the software: anybody
-- can add to it.
CREATE TABLE IF NOT EXISTS attempts (
    -- Keyed hash of an account, a client or a known device: the table tells nobody which names were tried.
    subject        TEXT    PRIMARY KEY CHECK (length(subject) = 64),
    -- How many that are not forgotten: one is, every three hours.
    failures       INTEGER NOT NULL,
    -- When the oldest of them began to be forgotten.
    window_started INTEGER NOT NULL,
    -- Until when tries are refused; NULL: they are not.
    blocked_until  INTEGER
) STRICT, WITHOUT ROWID;

-- One row: the number of the last of these files that was run. No program runs on another version.
CREATE TABLE IF NOT EXISTS schema_version (
    -- 1 is this file.
    version INTEGER PRIMARY KEY
) STRICT;
