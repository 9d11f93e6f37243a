-- From version 1 to version 2: what ends all of a user's sessions at once, and who may use the tables. Run again
-- harmlessly: a column that is there already is left as it is (src/store/schema.rs). An id is never given twice
-- here: InnoDB keeps AUTO_INCREMENT over a restart since MySQL 8.0 and MariaDB 10.2.4. Same columns and order
-- as sql/sqlite/002_epochs.sql: tests/project/schema.rs compares them.
--
-- `attempts` stays as it is. From this version on its subject may also be a network (an IPv6 /56 or /48, an IPv4 /24),
-- or an account's or a client's sign-ins that succeeded; `failures` then counts those (src/model/attempts.rs).

ALTER TABLE users ADD COLUMN
    -- Raised by what ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN
    -- The user's at the sign-in; a session with another one than the user has now signs nobody in.
    epoch BIGINT NOT NULL DEFAULT 0;

ALTER TABLE schema_version ADD COLUMN
    -- The oldest version of the programs that may use these tables: a version of the tables, too.
    oldest_program BIGINT NOT NULL DEFAULT 1;

DELETE FROM schema_version WHERE version <= 2;
INSERT INTO schema_version (version, oldest_program) VALUES (2, 2);
