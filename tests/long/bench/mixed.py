"""How long checks take while others write to the same SQLite file: 5 % of the requests write, half of them by
touching a session and half by ending one, and somebody signs in each second."""

import sqlite3
import time

import measure
import place
import programs
import servers

CONNECTIONS = 32
# Enough for the fastest machine: each of these requests can be sent once.
WRITES_PER_SECOND = 400
JOURNALS = {"rollback": "DELETE", "wal": "WAL"}


def sessions(database, count, seen):
    """New sessions, last seen at `seen`; their tokens."""
    tokens = [place.new_token() for _ in range(count)]
    now = int(time.time())
    rows = [(place.digest(token), now - 3600, seen, now + 36_000) for token in tokens]
    with database:
        database.executemany("INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember)"
                             " VALUES (?, 1, ?, ?, ?, 0)", rows)
    return tokens


def kinds(where, journal, writing, seconds):
    """The requests of one measurement, with sessions made for it."""
    path = f"/{journal}/protected"
    check = programs.Program("check", path, place.USER)

    def request(url, token, body=""):
        one = programs.Program("", url, "", cookie=f"cgi-session={token}", body=body)
        return one.request()

    now = int(time.time())
    database = sqlite3.connect(where.sqlite(journal), timeout=30)
    database.execute("DELETE FROM sessions")
    tokens = sessions(database, 50, now)
    wanted = {"name": "check", "share": 95 if writing else 100, "status": 200, "contains": check.contains,
              "requests": [request(path, token) for token in tokens]}
    made = [wanted]
    if writing:
        count = int(WRITES_PER_SECOND * seconds / 2)
        made.append({"name": "touch", "share": 3, "status": 200, "contains": place.USER, "once": True,
                     "requests": [request(path, token) for token in sessions(database, count, now - 120)]})
        made.append({"name": "sign-out", "share": 2, "status": 303, "contains": "", "once": True,
                     "requests": [request(f"/{journal}/logout", token, "sign_out=1")
                                  for token in sessions(database, count, now)]})
        sign_in = programs.sign_in("sign-in", journal, where)
        made.append({"name": "sign-in", "every": 1.0, "status": 303, "contains": "", "requests": sign_in.requests()})
    database.close()
    where.give(f"state/{journal}.sqlite", 0o600)
    return made


def run(built, unpacked, chosen):
    """Both journals, alone and mixed, in turn."""
    seconds = chosen.seconds * 5
    kept = {journal: {"alone": [], "while 5 % write": []} for journal in JOURNALS}
    with place.Place(built, unpacked) as where:
        for journal, mode in JOURNALS.items():
            where.make_store("sqlite", journal)
            where.add_signers("sqlite", journal)
            database = sqlite3.connect(where.sqlite(journal))
            database.execute(f"PRAGMA journal_mode = {mode}")
            database.close()
        port = servers.lighttpd(where, [*JOURNALS, *(f"{journal}-sign-in" for journal in JOURNALS)])
        for _ in range(chosen.rounds):
            for journal, loads in kept.items():
                for load, rounds in loads.items():
                    made = kinds(where, journal, load != "alone", seconds)
                    seen = measure.load(where, port, CONNECTIONS, seconds, made)
                    rounds.append(seen["check"] | {"others": {name: one for name, one in seen.items() if name != "check"}})
    return kept
