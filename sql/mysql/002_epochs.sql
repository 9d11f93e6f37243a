-- From version 1 to version 2: epochs, which end all sessions of a user at once, and which programs may use the tables.
-- Running it again is harmless: a column that exists is left as it is (src/store/mysql/migration.rs). InnoDB never
-- gives an id twice, since MySQL 8.0 and MariaDB 10.2.4, because it keeps AUTO_INCREMENT over a restart. Same columns
-- and order as sql/sqlite/002_epochs.sql: tests/project/schema.rs compares them.
--
-- `attempts` stays as it is. From this version on, a row may also be about a network (an IPv6 /56 or /48, an IPv4 /24),
-- or count the sign-ins of an account or a client that succeeded; `failures` then counts these
-- (src/model/attempts.rs).

ALTER TABLE users ADD COLUMN
    -- Raised by everything that ends all sessions of the user: a new password, disabling, revoking. Never lowered.
    epoch BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN
    -- The user's epoch at the sign-in. A session whose epoch is not its user's signs nobody in.
    epoch BIGINT NOT NULL DEFAULT 0;

ALTER TABLE schema_version ADD COLUMN
    -- The oldest programs that may use these tables, by the version of the tables that they make.
    oldest_program BIGINT NOT NULL DEFAULT 1;

DELETE FROM schema_version WHERE version <= 2;
INSERT INTO schema_version (version, oldest_program) VALUES (2, 2);
