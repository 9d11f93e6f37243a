"""A check of a session before and after: the same requests to two versions, each with a store of its own."""

import contextlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import urllib.parse

import measure
import place
import programs
import servers

VERSIONS = ("before", "after")
STORES = ("sqlite", "mysql")
PROGRAMS = ("login", "logout", "protected", "cgi-session")
CONNECTIONS = 4
# Of one measurement of requests a second.
SECONDS = 2.0
# Callgrind's count depends a little on addresses, which are random; the least of so many runs does not.
COUNTS = 5


def checks(where, port):
    """The rows of one version: signed in on each store, signed out, and the floor."""
    rows = [programs.floors()[0]]
    for store in STORES:
        env, url = {"CGI_SESSION_CONFIG": where.path(f"{store}.toml")}, f"/{store}/protected"
        rows.append(programs.Program(f"{store}, signed in", url, place.USER, cookie=cookie(port, store), env=env))
        measure.verify({"lighttpd": port}, rows[-1])
    # No store is opened: it is the same on each.
    rows.append(programs.Program("signed out", url, "/login?next=", status=401, env=env, raw="Status: 401"))
    return {row.name: row for row in rows}


def cookie(port, store):
    """A real sign-in's cookie, whatever this version calls it."""
    fields = urllib.parse.urlencode({"login_name": place.USER, "password": place.PASSWORD})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/{store}/login", fields, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]
    found = [cookie for cookie in cookies if cookie.split("=")[0].endswith("session")]
    if answer.status != 303 or not found:
        raise measure.Failed(f"sign-in on {store}: {answer.status} {cookies}")
    return found[0]


def instructions(where, row):
    """Of one process, by callgrind: the least of a few runs. A busy machine may not be done within the program's five
    seconds under it, and then answers something else: that counts for nothing."""
    counted = []
    for _ in range(COUNTS * 3):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *row.command(where)]
        done = subprocess.run(command, env=row.variables(where) | {"PATH": os.environ["PATH"]}, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        if (row.raw or row.contains) in done.stdout:
            counted.append(int(re.search(r"Collected\s*:\s*(\d+)", done.stderr)[1]))
        if len(counted) == COUNTS:
            return min(counted)
    raise measure.Failed(f"{row.name}: not the expected answer under valgrind")


def speeds(wheres, ports, rows, rounds):
    """Requests a second of each row, round by round; the versions take turns at being first."""
    seen = {version: {name: [] for name in rows[version]} for version in VERSIONS}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name in rows["after"]:
            for version in VERSIONS if number % 2 else reversed(VERSIONS):
                got = measure.through(wheres[version], ports[version], rows[version][name], CONNECTIONS, SECONDS)
                seen[version][name].append(got["per_second"])
    return seen


def main():
    before, after, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    built = json.loads(os.environ["AGAINST_BUILT"])
    with contextlib.ExitStack() as stack:
        wheres, ports, rows = {}, {}, {}
        for version, folder in zip(VERSIONS, (before, after)):
            own = {name: os.path.join(folder, name) for name in PROGRAMS} if folder else {}
            where = stack.enter_context(place.Place(built | own, os.environ["CGI_SESSION_TEST_SERVERS"]))
            wheres[version], ports[version] = where, servers.lighttpd(where, STORES)
            rows[version] = checks(where, ports[version])
        seen = speeds(wheres, ports, rows, rounds)
        print(f"{'':24}{'instructions':>26}{'system calls':>16}{'requests/s':>20}{'of the floor':>18}{'after/before':>26}")
        for name in rows["after"]:
            counted = [instructions(wheres[version], rows[version][name]) for version in VERSIONS]
            calls = [measure.system_calls(wheres[version], rows[version][name]) for version in VERSIONS]
            speed = [statistics.median(seen[version][name]) for version in VERSIONS]
            part = [statistics.median(mine / floor for mine, floor in zip(seen[version][name], seen[version]["floor"]))
                    for version in VERSIONS]
            # Neighbours in time are compared with each other; the quartiles say what the machine did meanwhile.
            ratios = [new / old for new, old in zip(seen["after"][name], seen["before"][name])]
            low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
            print(f"{name:24}{counted[0]:>12,} ->{counted[1]:>11,}{calls[0]:>8} ->{calls[1]:>5}"
                  f"{speed[0]:>9,.0f} ->{speed[1]:>8,.0f}{part[0]:>9.1%} ->{part[1]:>6.1%}{ratio:>12.3f} ({low:.2f} to {high:.2f})")
    print(f"medians of {rounds} rounds through lighttpd, {CONNECTIONS} connections; {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f}")


main()
