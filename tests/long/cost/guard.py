"""What the guard adds to a script: user and system time of a guarded script whose interpreter does nothing, less that
interpreter alone, against the check of a session by `protected`. All three are run in turn.

A turn is judged as a whole, because a virtual machine changes between two speeds, a third apart and for seconds each."""

import json
import os
import random
import statistics
import sys

import place

KINDS = ("check", "guarded", "nothing")
# A guarded script may cost so many checks.
BOUND = 1.2
# Of fewer turns than that, chance alone makes the medians differ by more.
JUDGED = 100


class Runs:
    """One store; `config` is its configuration."""

    def __init__(self, where, store, nothing):
        self.where, self.config = where, where.path(f"{store}.toml")
        self.token = place.new_token()
        columns = "(session, user_id, created_at, seen_at, expires_at, remember)"
        now = "UNIX_TIMESTAMP()" if store == "mysql" else "unixepoch()"
        insert = f"INSERT INTO sessions {columns} SELECT '{place.digest(self.token)}', id, {now}, {now}, {now} + 3600, 0 " \
                 f"FROM users WHERE login_name = '{place.USER}'"
        if store == "mysql":
            where.sql(f"USE site; {insert};")
        else:
            with place.sqlite3.connect(where.sqlite()) as database:
                database.execute(insert)
            database.close()
        script = where.write(f"{store}-script", f"#!{where.built['cgi-session-guard']} {nothing}\n", 0o755)
        self.commands = {"check": where.built["protected"], "guarded": script, "nothing": nothing}

    def run(self, kind):
        """User and system time in microseconds."""
        command = self.commands[kind]
        variables = {"CGI_SESSION_CONFIG": self.config, "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                     "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/cgi-bin/x", "REQUEST_URI": "/cgi-bin/x", "QUERY_STRING": "",
                     "SCRIPT_FILENAME": command, "SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1",
                     "HTTP_COOKIE": f"cgi-session={self.token}"}
        output = self.where.path("output")
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600)]
        pid = os.posix_spawn(command, [command], variables, file_actions=files)
        _, status, used = os.wait4(pid, 0)
        with open(output, "rb") as file:
            answer = file.read()
        right = answer.startswith(b"Status: 200 ") if kind == "check" else answer == b""
        if status != 0 or not right:
            raise SystemExit(f"{kind}: {status} {answer[:300]}")
        return (used.ru_utime + used.ru_stime) * 1e6

    def turns(self, tries):
        # The first few warm the machine up.
        turns = [{kind: self.run(kind) for kind in random.sample(KINDS, len(KINDS))} for _ in range(tries + 5)]
        return turns[5:]


def main():
    tries, nothing = int(sys.argv[1]), sys.argv[2]
    built = json.loads(os.environ["COST_BUILT"])
    held = True
    with place.Place(built, os.environ.get("CGI_SESSION_TEST_SERVERS", "")) as where:
        for store in ("sqlite", "mysql"):
            turns = Runs(where, store, nothing).turns(tries)
            ratio = statistics.median((turn["guarded"] - turn["nothing"]) / turn["check"] for turn in turns)
            medians = ", ".join(f"{kind} {statistics.median(turn[kind] for turn in turns):.0f} us" for kind in KINDS)
            print(f"{store}: the guard costs {ratio:.2f} of a check, of {tries} turns; medians: {medians}")
            held = held and (ratio <= BOUND or tries < JUDGED)
    if not held:
        raise SystemExit(f"a guarded script costs more than {BOUND} checks without the script's own")


main()
