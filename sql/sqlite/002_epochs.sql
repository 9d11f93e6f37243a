-- From version 1 to version 2: ids that are never given twice, what ends all of a user's sessions at once, and who
-- may use the tables. One transaction, with foreign keys off: src/store/sqlite/migration.rs. Run again harmlessly: a
-- column that is there already is left as it is. Same columns and order as sql/mysql/002_epochs.sql: tests/project/schema.rs
-- compares them.
--
-- `attempts` stays as it is. From this version on its subject may also be a network (an IPv6 /56 or /48, an IPv4 /24),
-- or an account's or a client's sign-ins that succeeded; `failures` then counts those (src/model/attempts.rs).

ALTER TABLE users ADD COLUMN
    -- Raised by what ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN
    -- The user's at the sign-in; a session with another one than the user has now signs nobody in.
    epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE schema_version ADD COLUMN
    -- The oldest version of the programs that may use these tables: a version of the tables, too.
    oldest_program INTEGER NOT NULL DEFAULT 1;

-- AUTOINCREMENT cannot be added to a table: SQLite's own procedure makes another one
-- (https://sqlite.org/lang_altertable.html#otheralter).
CREATE TABLE users_2 (
    -- Never shown to anybody, and never given again: the `sqlite3` shell deletes a user and leaves their sessions.
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    -- In the one spelling of RFC 8265 (src/model/login_name.rs): compared byte for byte.
    login_name          TEXT    NOT NULL UNIQUE,
    -- Argon2id as a PHC string (src/auth/password.rs). Anything else never matches.
    password            TEXT    NOT NULL,
    -- Since when the user cannot sign in; NULL: they can.
    disabled_at         INTEGER,
    -- When an administrator added the user.
    created_at          INTEGER NOT NULL,
    -- A rehash of the same password is no change.
    password_changed_at INTEGER NOT NULL,
    -- Raised by what ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch               INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Fails where somebody added a column of their own: no row of theirs is lost here.
INSERT INTO users_2 SELECT * FROM users LIMIT 0;
INSERT INTO users_2 (id, login_name, password, disabled_at, created_at, password_changed_at, epoch)
SELECT id, login_name, password, disabled_at, created_at, password_changed_at, epoch FROM users;

-- The next id is above every one that was given, as far as any row knows.
DELETE FROM sqlite_sequence WHERE name = 'users_2';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'users_2', MAX(id) FROM (
    SELECT id FROM users
    UNION ALL SELECT user_id FROM sessions
    UNION ALL SELECT user_id FROM memberships
    UNION ALL SELECT seq FROM sqlite_sequence WHERE name = 'users'
    UNION ALL SELECT 0
);

-- What the `sqlite3` shell left of users that it deleted.
DELETE FROM sessions WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM memberships WHERE user_id NOT IN (SELECT id FROM users);

DROP TABLE users;
ALTER TABLE users_2 RENAME TO users;

DELETE FROM schema_version WHERE version <= 2;
INSERT INTO schema_version (version, oldest_program) VALUES (2, 2);
