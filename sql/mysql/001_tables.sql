-- Schema for MySQL and MariaDB (InnoDB). Embedded by src/store/mysql.rs; run by `cgi-session init`, again
-- harmlessly. Same tables, columns and order as sql/sqlite/001_tables.sql: tests/schema.rs compares them.
-- Times are Unix seconds, UTC, from the program's clock; never now(). Hex is ascii_bin, so that upper case
-- is another value.

-- Who may sign in.
CREATE TABLE IF NOT EXISTS users (
    -- Never shown to anybody.
    id                  BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    -- In the one spelling of RFC 8265 (src/model/login_name.rs): compared byte for byte, so _bin.
    login_name          VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    -- Argon2id as a PHC string (src/auth/password.rs). Anything else never matches.
    password            VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Since when the user cannot sign in; NULL: they can.
    disabled_at         BIGINT,
    -- When an administrator added the user.
    created_at          BIGINT       NOT NULL,
    -- A rehash of the same password is no change.
    password_changed_at BIGINT       NOT NULL
) ENGINE = InnoDB;

-- Who is signed in.
CREATE TABLE IF NOT EXISTS sessions (
    -- The session column: SHA-256 of the cookie's token, 64 lower-case hex digits
    -- (src/model/digest.rs). Whoever reads this table cannot sign in with it.
    -- PRIMARY KEY is what makes a clash an error instead of a takeover.
    session      CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
                 CHECK (CHAR_LENGTH(session) = 64),
    -- Whose it is; deleting the user ends it. NULL: a visitor who never signed in.
    user_id      BIGINT,
    -- The sign-in.
    created_at   BIGINT       NOT NULL,
    -- The last request that was written down: at most a minute behind (src/auth/life.rs).
    seen_at      BIGINT       NOT NULL,
    -- When it ends at the latest; never moved.
    expires_at   BIGINT       NOT NULL,
    -- 1: "keep me signed in", no idle limit.
    remember     TINYINT      NOT NULL,
    -- For the user's own list of sessions; never compared: addresses change on the way.
    remote_addr  VARCHAR(45)  CHARACTER SET ascii NOT NULL DEFAULT '',
    -- The same; cut to 255 characters.
    user_agent   VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
    -- What a site keeps with a session.
    data         MEDIUMTEXT   CHARACTER SET utf8mb4,
    -- The count of its writes, so that none is lost.
    data_version BIGINT       NOT NULL DEFAULT 0,
    -- A user's sessions: listed, counted, ended.
    INDEX sessions_user_id (user_id),
    -- Rows past their end: deleted in this order.
    INDEX sessions_expires_at (expires_at),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Which groups a user is in. (`groups` is a reserved word in MySQL 8.)
CREATE TABLE IF NOT EXISTS memberships (
    -- Who; deleting the user ends it.
    user_id    BIGINT       NOT NULL,
    -- Compared byte for byte.
    group_name VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (user_id, group_name),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Tries that failed or are being made, for the throttle (src/auth/throttle.rs). Bounded in the software: anybody
-- can add to it.
CREATE TABLE IF NOT EXISTS attempts (
    -- Keyed hash of an account, a client or a known device: the table tells nobody which names were tried.
    subject        CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
                   CHECK (CHAR_LENGTH(subject) = 64),
    -- How many that are not forgotten: one is, every three hours.
    failures       BIGINT   NOT NULL,
    -- When the oldest of them began to be forgotten.
    window_started BIGINT   NOT NULL,
    -- Until when tries are refused; NULL: they are not.
    blocked_until  BIGINT
) ENGINE = InnoDB;

-- One row: the number of the last of these files that was run. No program runs on another version.
CREATE TABLE IF NOT EXISTS schema_version (
    -- 1 is this file.
    version BIGINT NOT NULL PRIMARY KEY
) ENGINE = InnoDB;
