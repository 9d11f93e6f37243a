"""What a refused sign-in costs: unknown, wrong and disabled, tried in turn, each time as another user from
another address, so that none is refused for the number of its tries.

A turn is one try of each kind, and a try is judged as a part of its turn's mean: a virtual machine changes between two
speeds, a third apart and for seconds each, and the median of bare times falls into the gap between them. By how much
chance alone makes the medians differ, each run tells of its own tries, judged so and bare."""

import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import urllib.parse

import place

KINDS = ("unknown", "wrong", "disabled")
USERS = 100
# Medians may differ by so much.
BOUND = 0.02
DEALS = 500
# Fewer tries than that are not judged by their medians, which chance alone makes differ by more.
JUDGED = 200
THROTTLE = "\n[throttle]\nfree_tries = 100\n"
MOMENT = re.compile(rb"at-\d+")


class Refusals:
    """Tries on one store; `config` is its configuration."""

    def __init__(self, where, config):
        self.login, self.config, self.folder = where.built["login"], config, where.folder
        self.number = 0

    def variables(self, body):
        self.number += 1
        return {"CGI_SESSION_CONFIG": self.config, "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/cgi-bin/login", "QUERY_STRING": "", "SERVER_NAME": "localhost",
                "REMOTE_ADDR": f"10.{self.number >> 16}.{self.number >> 8 & 255}.{self.number & 255}",
                "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}

    def body(self, kind, number):
        password = place.PASSWORD if kind == "disabled" else "copper-otter-lantern-43"
        # As long as each other, or parsing them would differ.
        return urllib.parse.urlencode({"login_name": f"{kind:_<8}{number % USERS:03}", "password": password}).encode()

    def run(self, kind, number, *wrapper):
        """User and system time in microseconds, the answer, and what the wrapper said."""
        body = self.body(kind, number)
        stdin, stdout, stderr = (os.path.join(self.folder, name) for name in ("stdin", "stdout", "stderr"))
        with open(stdin, "wb") as file:
            file.write(body)
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        files = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, stdout, write, 0o600),
                 (os.POSIX_SPAWN_OPEN, 2, stderr, write, 0o600)]
        command = [*wrapper, self.login]
        pid = os.posix_spawnp(command[0], command, self.variables(body), file_actions=files)
        _, status, used = os.wait4(pid, 0)
        with open(stdout, "rb") as file:
            answer = MOMENT.sub(b"", file.read())
        with open(stderr, encoding="utf-8") as file:
            said = file.read()
        if status != 0 or not answer.startswith(b"Status: 401 "):
            raise SystemExit(f"{kind}: {status} {answer[:200]}\n{said}")
        return (used.ru_utime + used.ru_stime) * 1e6, answer.replace(body[11:22], b"NAME"), said

    def turns(self, tries):
        """Microseconds of each kind, turn by turn."""
        turns, answers = [], set()
        for number in range(tries + 5):
            used = {}
            for kind in random.sample(KINDS, len(KINDS)):
                used[kind], answer, _ = self.run(kind, number)
                answers.add(answer)
            turns.append([used[kind] for kind in KINDS])
        if len(answers) != 1:
            raise SystemExit(f"the answers differ: {answers}")
        # The first few warm the machine up.
        return turns[5:]

    def instructions(self, kind, count):
        """Under valgrind a busy machine may not be done within the program's five seconds: again, then."""
        for left in reversed(range(5)):
            try:
                return count(lambda number, *wrapper: self.run(kind, number, *wrapper)[2])
            except SystemExit:
                if not left:
                    raise


def by_perf(run):
    said = run(0, "perf", "stat", "-x,", "-e", "instructions:u")
    return int(next(line for line in said.splitlines() if "instructions" in line).split(",")[0])


def by_valgrind(run):
    said = run(0, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    return int(re.search(r"Collected\s*:\s*(\d+)", said)[1])


def counter():
    probe = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True) \
        if any(os.access(os.path.join(folder, "perf"), os.X_OK) for folder in os.get_exec_path()) else None
    if probe and re.search(r"^\d+,.*instructions", probe.stderr, re.MULTILINE):
        return "perf", by_perf
    return "valgrind, since this machine's kernel counts none for perf", by_valgrind


def add_users(where, config, store):
    """All with the one hash of the user that is there already."""
    row = "SELECT '{name}', password, {disabled}, created_at, password_changed_at FROM users WHERE login_name = '{user}'"
    insert = "INSERT INTO users (login_name, password, disabled_at, created_at, password_changed_at) " + row
    statements = []
    for number in range(USERS):
        for kind, disabled in (("wrong", "NULL"), ("disabled", "created_at")):
            statements.append(insert.format(name=f"{kind:_<8}{number:03}", disabled=disabled, user=place.USER))
    if store == "sqlite":
        with sqlite3.connect(where.sqlite()) as database:
            database.executescript(";\n".join(statements) + ";")
    else:
        where.sql("USE site; " + "; ".join(statements))
    with open(config, "a", encoding="utf-8") as file:
        file.write(THROTTLE)


def differ(figures):
    return max(figures) / min(figures) - 1


def medians(turns):
    return [statistics.median(kind) for kind in zip(*turns)]


def chance(turns):
    """By how much the medians differ at most in 99 of 100 deals of each turn's times to the kinds."""
    deals = ([random.sample(turn, len(turn)) for turn in turns] for _ in range(DEALS))
    return sorted(differ(medians(deal)) for deal in deals)[DEALS * 99 // 100]


def main():
    tries = int(sys.argv[1])
    built = json.loads(os.environ["COST_BUILT"])
    held = True
    with place.Place(built, os.environ.get("CGI_SESSION_TEST_SERVERS", "")) as where:
        by, count = counter()
        for store in ("sqlite", "mysql"):
            config = where.path(f"{store}.toml")
            add_users(where, config, store)
            refusals = Refusals(where, config)
            turns = refusals.turns(tries)
            parts = [[used / statistics.mean(turn) for used in turn] for turn in turns]
            print(f"{store}: user and system time of {tries} tries each; instructions by {by}")
            counted = {}
            for kind, part, bare, used in zip(KINDS, medians(parts), medians(turns), zip(*turns)):
                first, _, third = statistics.quantiles(used, n=4)
                counted[kind] = refusals.instructions(kind, count)
                print(f"  {kind:8}  median {part:.4f} of the turn's mean, {bare:.0f} us, half of them from {first:.0f} "
                      f"to {third:.0f}; {counted[kind]:,} instructions")
            apart, more = differ(medians(parts)), differ(counted.values())
            print(f"  medians differ by {apart:.2%} of a turn (by chance up to {chance(parts):.2%}), bare by "
                  f"{differ(medians(turns)):.2%} (up to {chance(turns):.2%}), instructions by {more:.3%}")
            held = held and more <= BOUND and (apart <= BOUND or tries < JUDGED)
    if not held:
        raise SystemExit(f"two of them differ by more than {BOUND:.0%}")


main()
