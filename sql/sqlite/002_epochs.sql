-- From version 1 to version 2: ids that are never given twice, epochs, which end all sessions of a user at once, and
-- which programs may use the tables. It runs as one transaction, with foreign keys off (src/store/sqlite/migration.rs).
-- Running it again is harmless: a column that exists is left as it is. Same columns and order as
-- sql/mysql/002_epochs.sql: tests/project/schema.rs compares them.
--
-- `attempts` stays as it is. From this version on, a row may also be about a network (an IPv6 /56 or /48, an IPv4 /24),
-- or count the sign-ins of an account or a client that succeeded; `failures` then counts these
-- (src/model/attempts.rs).

ALTER TABLE users ADD COLUMN
    -- Raised by everything that ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN
    -- The user's epoch at the sign-in. A session whose epoch is not its user's signs nobody in.
    epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE schema_version ADD COLUMN
    -- The oldest programs that may use these tables, by the version of the tables that they make.
    oldest_program INTEGER NOT NULL DEFAULT 1;

-- AUTOINCREMENT cannot be added to a table, so another table is made, as SQLite describes
-- (https://sqlite.org/lang_altertable.html#otheralter).
CREATE TABLE users_2 (
    -- Never shown to anybody, and never given again: deleting a user with the `sqlite3` shell leaves their sessions.
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
    -- Raised by everything that ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch               INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Fails if an administrator has added a column, so that nothing in it is lost.
INSERT INTO users_2 SELECT * FROM users LIMIT 0;
INSERT INTO users_2 (id, login_name, password, disabled_at, created_at, password_changed_at, epoch)
SELECT id, login_name, password, disabled_at, created_at, password_changed_at, epoch FROM users;

-- The next id is above every id that occurs in any row.
DELETE FROM sqlite_sequence WHERE name = 'users_2';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'users_2', MAX(id) FROM (
    SELECT id FROM users
    UNION ALL SELECT user_id FROM sessions
    UNION ALL SELECT user_id FROM memberships
    UNION ALL SELECT seq FROM sqlite_sequence WHERE name = 'users'
    UNION ALL SELECT 0
);

-- Rows of users who were deleted with the `sqlite3` shell.
DELETE FROM sessions WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM memberships WHERE user_id NOT IN (SELECT id FROM users);

DROP TABLE users;
ALTER TABLE users_2 RENAME TO users;

DELETE FROM schema_version WHERE version <= 2;
INSERT INTO schema_version (version, oldest_program) VALUES (2, 2);
