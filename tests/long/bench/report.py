"""The figures as tables: medians of the rounds, and how far the rounds lie apart."""

import statistics

BEGIN, END = "<!-- measured: tests/long/bench/run --readme -->", "<!-- /measured -->"

# Rows that only who looks closer wants to see.
NOT_IN_README = [
    "floor, no PIE",
    "floor in Rust",
    "floor and one SQLite query",
    "floor and one MySQL connection",
    "C, libmariadb",
    "C, libmariadb, static",
]

# What it has to be at least, or at most: row, against which, how it is measured, the limit.
GOALS = [
    ("ours, MySQL, signed in", "floor", "lighttpd", ">=", 0.80),
    ("ours, SQLite, signed in", "floor", "lighttpd", ">=", 0.83),
    ("ours, SQLite, signed out", "floor", "lighttpd", ">=", 0.90),
    ("ours, MySQL, signed in", "C, libmariadb", "lighttpd", ">=", 3.3),
    ("ours, MySQL, signed in", "PHP-CGI, mysqli", "lighttpd", ">=", 12),
    ("ours, MySQL, signed in", "Perl, CGI::Session, DBI", "lighttpd", ">=", 30),
    ("ours, MySQL, signed in", "Python 3, mysqlclient", "lighttpd", ">=", 50),
    ("ours, MySQL, signed in", "mod_session_crypto", "apache", ">=", 2),
    ("ours, MySQL, signed in", "floor", "process", "<=", 1.9),
    ("ours, SQLite, signed in", "floor", "process", "<=", 1.65),
]


def middle(rounds, figure):
    return statistics.median(one[figure] for one in rounds)


def spread(rounds, figure):
    values = [one[figure] for one in rounds]
    return f"{min(values):,.0f}-{max(values):,.0f}"


def figure(programs, name, how, connections="4"):
    """Requests a second, or milliseconds of a process; None where it was not measured."""
    kept = programs.get(name, {})
    if how == "process":
        return middle(kept["process"], "ms") if kept.get("process") else None
    rounds = kept.get(how, {}).get(connections)
    return middle(rounds, "per_second") if rounds else None


def ratio(programs, name, other, how, connections="4"):
    mine, theirs = figure(programs, name, how, connections), figure(programs, other, how, connections)
    return mine / theirs if mine and theirs else None


def shown(rows):
    """Columns as wide as they need, the first to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells))
    print()


def number(value, form=",.0f"):
    return "-" if value is None else format(value, form)


def processes(programs):
    rows = [["one process", "ms", "of the floor", "KiB", "faults", "system calls"]]
    for name, kept in programs.items():
        if kept["process"]:
            rows.append([name, number(figure(programs, name, "process"), ".3f"),
                         number(ratio(programs, name, "floor", "process"), ".2f"),
                         number(middle(kept["process"], "kib")), number(middle(kept["process"], "faults")),
                         number(kept["calls"])])
    shown(rows)


def through(programs, server):
    rows = [[f"through {server}", "connections", "requests/s", "min-max", "of the floor", "p50 us", "p99 us"]]
    for connections in ("1", "4", "32"):
        for name, kept in programs.items():
            rounds = kept.get(server, {}).get(connections)
            if rounds:
                rows.append([name, connections, number(middle(rounds, "per_second")), spread(rounds, "per_second"),
                             number(ratio(programs, name, "floor", server, connections), ".3f"),
                             number(middle(rounds, "p50_us")), number(middle(rounds, "p99_us"))])
    shown(rows)


def goals(result):
    programs = result["programs"]
    rows = [["ratio", "against", "how", "measured", "at 1, 32", "wanted"]]
    for name, other, how, side, limit in GOALS:
        measured = ratio(programs, name, other, how)
        if measured is None:
            continue
        met = measured >= limit if side == ">=" else measured <= limit
        beside = [ratio(programs, name, other, how, connections) for connections in ("1", "32")]
        rows.append([name, other, how, number(measured, ".2f"),
                     "-" if how == "process" else ", ".join(number(one, ".2f") for one in beside),
                     f"{side} {limit}" + ("" if met else "  MISSED")])
    shown(rows)
    for store in ("MySQL", "SQLite"):
        took, hashing = figure(programs, f"ours, {store}, sign-in", "process"), figure(programs, "Argon2id alone", "process")
        if took and hashing:
            print(f"a sign-in on {store} beside its one Argon2id: {took - hashing:.2f} ms, wanted under 2")
    print(f"`protected` has {result['bytes'] / 1e6:.2f} MB\n")


def table(result):
    programs = result["programs"]
    about = result["machine"]
    print(f"\n{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}; medians of {result['rounds']} rounds, "
          f"load {about['load']:.1f} before\n")
    processes(programs)
    through(programs, "lighttpd")
    through(programs, "apache")
    goals(result)


def readme(result, path):
    """Writes the table between the two marks."""
    programs = result["programs"]
    floor = "floor"
    lines = ["| through lighttpd, 4 connections | requests/s | of the floor | one process | memory |", "|---|---|---|---|---|"]
    for name, kept in programs.items():
        rounds = kept.get("lighttpd", {}).get("4")
        if rounds and name not in NOT_IN_README and "sign-in" not in name:
            title = "a C program that writes 40 bytes: the floor" if name == floor else name
            lines.append(f"| {title} | {middle(rounds, 'per_second'):,.0f} | "
                         f"{100 * ratio(programs, name, floor, 'lighttpd'):.{0 if name.startswith(('ours', floor)) else 1}f} % | "
                         f"{figure(programs, name, 'process'):.2f} ms | "
                         f"{middle(kept['process'], 'kib') / 1024:.1f} MB |")
    about = result["machine"]
    lines.append(f"\n{about['cpu']}, {about['cores']} cores; medians of {result['rounds']} rounds, all on one machine.")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"{path} has no {BEGIN} ... {END}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)


def scale(kept):
    rows = [["sessions", "store", "ms a process", "min-max us", "requests/s", "min-max", "of the smallest", "sign-in ms"]]
    for store in ("mysql", "sqlite"):
        smallest = None
        for size, cell in kept[store].items():
            speed = middle(cell["lighttpd"], "per_second")
            smallest = smallest or speed
            micros = [{"us": one["ms"] * 1000} for one in cell["process"]]
            rows.append([f"{int(size):,}", store, number(middle(cell["process"], "ms"), ".3f"), spread(micros, "us"),
                         number(speed), spread(cell["lighttpd"], "per_second"), number(speed / smallest, ".3f"),
                         number(middle(cell["sign_in"], "ms"), ".1f")])
    shown(rows)


def mixed(kept):
    rows = [["SQLite, 32 connections", "checks/s", "p50 us", "p99 us", "min-max", "max us", "p99, of alone"]]
    for journal, loads in kept.items():
        alone = middle(loads["alone"], "p99_us")
        for load, rounds in loads.items():
            p99 = middle(rounds, "p99_us")
            rows.append([f"{journal}, {load}", number(middle(rounds, "per_second")), number(middle(rounds, "p50_us")),
                         number(p99), spread(rounds, "p99_us"), number(middle(rounds, "max_us")),
                         number(p99 / alone, ".2f")])
    shown(rows)
