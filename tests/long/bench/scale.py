"""A check, and a sign-in, with few and with many sessions in the table."""

import sqlite3
import time

import measure
import place
import programs
import servers

# Sessions that are looked up in turn, spread over the table.
LOOKED_UP = 200
# 16^15 / 10,000,000, so that the first 16 digits of a key rise with its number and never run out of digits.
STEP = 115_000_000_000

COLUMNS = "session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def values(key, number):
    """A filler's columns. Keys rise, as both databases load fastest; users and times are spread."""
    now = int(time.time())
    spread = f"({number} * 7919)"
    return (f"{key}, 2 + {spread} % 1000, {now} - {spread} % 40000, {now} - {spread} % 40000,"
            f" {now} + {spread} % 40000, 0, '192.0.2.7', '{AGENT}'")


def load_mysql(where, name, count):
    key = f"CONCAT(LPAD(HEX(seq * {STEP}), 16, '0'), LEFT(SHA2(seq, 256), 48))"
    where.sql(f"""
        SET unique_checks = 0; SET foreign_key_checks = 0; SET sql_log_bin = 0;
        USE {name};
        INSERT INTO users (id, login_name, password, created_at, password_changed_at)
            SELECT seq, CONCAT('filler', seq), '', 0, 0 FROM seq_2_to_1001;
        INSERT INTO sessions ({COLUMNS}) SELECT {values(f'LOWER({key})', 'seq')} FROM seq_1_to_{count};
        ANALYZE TABLE sessions;
    """)
    return lambda rows: where.sql(f"USE {name}; INSERT INTO sessions ({COLUMNS}) VALUES " + ", ".join(rows) + ";")


def load_sqlite(where, name, count):
    database = sqlite3.connect(where.sqlite(name))
    numbers = "WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < {})"
    key = f"printf('%016x', seq * {STEP}) || lower(hex(randomblob(24)))"
    # The journal comes back when the file is opened again; a crash in here is the end of the folder.
    indexes = [row[0] for row in database.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'sessions' AND sql IS NOT NULL")]
    names = [row[0] for row in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'sessions' AND sql IS NOT NULL")]
    database.executescript(f"""
        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;
        {''.join(f'DROP INDEX {index};' for index in names)}
        {numbers.format(1000)} INSERT INTO users (id, login_name, password, created_at, password_changed_at)
            SELECT seq + 1, 'filler' || seq, '', 0, 0 FROM n;
        {numbers.format(count)} INSERT INTO sessions ({COLUMNS}) SELECT {values(key, 'seq')} FROM n;
        {''.join(f'{index};' for index in indexes)}
        PRAGMA journal_mode = DELETE;
    """)

    def insert(rows):
        with database:
            database.execute(f"INSERT INTO sessions ({COLUMNS}) VALUES " + ", ".join(rows))
        database.close()
        where.give(f"state/{name}.sqlite", 0o600)

    return insert


def site(where, store, count):
    """A store of its own with `count` sessions; the tokens that are looked up."""
    name = f"{store}_{count}"
    if store == "mysql":
        where.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4;")
    where.make_store(store, name)
    insert = (load_mysql if store == "mysql" else load_sqlite)(where, name, count - LOOKED_UP)
    tokens = [place.new_token() for _ in range(LOOKED_UP)]
    now = int(time.time())
    insert([f"('{place.digest(token)}', 1, {now}, {now}, {now} + 40000, 0, '', '')" for token in tokens])
    where.add_signers(store, name)
    return tokens


def measured(where, port, name, tokens, seconds):
    env = {"CGI_SESSION_CONFIG": where.path(f"{name}.toml")}
    path = f"/{name}/protected"
    checks = [programs.Program("check", path, place.USER, cookie=f"cgi-session={token}", env=env) for token in tokens]
    kind = {"name": "check", "share": 100, "status": 200, "contains": place.USER,
            "requests": [check.request() for check in checks]}
    sign_in = programs.sign_in("sign-in", name, where)
    return {
        "process": measure.once(where, checks[0], seconds / 2),
        "lighttpd": measure.load(where, port, 4, seconds, [kind])["check"],
        "sign_in": measure.once(where, sign_in, seconds / 2),
    }


def run(built, unpacked, chosen):
    sizes = [int(size) for size in chosen.rows.split(",")]
    with place.Place(built, unpacked, ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G"]) as where:
        tokens = {}
        for size in sizes:
            for store in ("mysql", "sqlite"):
                began = time.monotonic()
                tokens[f"{store}_{size}"] = site(where, store, size)
                print(f"{store}: {size:,} sessions in {time.monotonic() - began:.0f} s", flush=True)
        port = servers.lighttpd(where, [*tokens, *(f"{name}-sign-in" for name in tokens)])
        kept = {store: {str(size): {"process": [], "lighttpd": [], "sign_in": []} for size in sizes}
                for store in ("mysql", "sqlite")}
        for _ in range(chosen.rounds):
            for store, cells in kept.items():
                for size, cell in cells.items():
                    name = f"{store}_{size}"
                    for key, seen in measured(where, port, name, tokens[name], chosen.seconds).items():
                        cell[key].append(seen)
    return kept
