"""Measures a signed-in check beside its peers; see `tests/long/bench/run --help`."""

import argparse
import json
import os
import platform
import sys

import measure
import mixed
import place
import programs
import report
import scale
import servers

CONNECTIONS = (1, 4, 32)
STORES = ("mysql", "sqlite")


def options():
    parser = argparse.ArgumentParser(prog="tests/long/bench/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, not how fast")
    parser.add_argument("--rounds", type=int, help="default 5")
    parser.add_argument("--seconds", type=float, help="of each measurement; default 2")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="only rows with WORD in their name, and the floor; may be given again")
    parser.add_argument("--json", metavar="FILE", help="write every figure")
    parser.add_argument("--readme", action="store_true", help="write the README's table")
    parser.add_argument("--scale", action="store_true", help="instead: a check with so many sessions")
    parser.add_argument("--rows", default="1000,1000000,10000000", help="for --scale; default %(default)s")
    parser.add_argument("--mixed", action="store_true", help="instead: checks while others write")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 5)
    chosen.seconds = chosen.seconds or (0.3 if chosen.quick else 2.0)
    return chosen


def rows_of(where, ports, only):
    """Ours beside the peers, each with a session of its own."""
    tokens = {store: where.sign_in(ports["lighttpd"], f"/{store}/login") for store in STORES}
    rows = programs.floors()
    # Signed out, no store is opened: it is the same on each.
    rows += programs.ours("sqlite", tokens["sqlite"], where)
    rows += programs.ours("mysql", tokens["mysql"], where)[:2]
    rows.append(programs.hashing())
    rows += programs.peers(where, tokens["mysql"]) + programs.apaches_own(ports["apache"])
    if only:
        rows = [row for row in rows if row.name == "floor" or any(word in row.name for word in only)]
    for row in rows:
        if row.cookie:
            measure.verify(ports, row)
    return rows


def measured(where, ports, rows, chosen):
    """Every round measures everything once, so that whatever slows this machine down slows all down."""
    results = {row.name: {"process": [], "calls": None} for row in rows}
    for row in rows:
        if row.process:
            results[row.name]["calls"] = measure.system_calls(where, row)
    for number in range(chosen.rounds):
        print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr)
        for row in rows:
            if row.process:
                results[row.name]["process"].append(measure.once(where, row, chosen.seconds / 2))
        for connections in CONNECTIONS:
            for server in ("lighttpd", "apache"):
                for row in rows:
                    if server in row.servers:
                        seen = measure.through(where, ports[server], row, connections, chosen.seconds)
                        kept = results[row.name].setdefault(server, {})
                        kept.setdefault(str(connections), []).append(seen)
    return results


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), "unknown")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0]}


def main():
    chosen = options()
    built = json.loads(os.environ["BENCH_BUILT"])
    unpacked = os.environ["CGI_SESSION_TEST_SERVERS"]
    result = {"machine": machine(), "rounds": chosen.rounds, "seconds": chosen.seconds}
    if chosen.scale:
        result["scale"] = scale.run(built, unpacked, chosen)
        report.scale(result["scale"])
    elif chosen.mixed:
        result["mixed"] = mixed.run(built, unpacked, chosen)
        report.mixed(result["mixed"])
    else:
        with place.Place(built, unpacked) as where:
            stores = [*STORES, *(f"{store}-sign-in" for store in STORES)]
            ports = {"lighttpd": servers.lighttpd(where, stores), "apache": servers.apache(where, stores)}
            rows = rows_of(where, ports, chosen.only)
            result["programs"] = measured(where, ports, rows, chosen)
        result["bytes"] = os.path.getsize(built["protected"])
        report.table(result)
        if chosen.readme:
            report.readme(result, os.path.join(os.environ["BENCH_ROOT"], "README.md"))
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


main()
