"""One measurement each: a program started and waited for, a program's system calls, a server's answers."""

import http.client
import json
import os
import statistics
import subprocess
import tempfile
import time

# How often one of several who make a request makes it in one measurement.
RUNS_OF_EACH = 5


class Failed(SystemExit):
    """An answer was not the expected one: then no figure is worth anything."""


def stdin_of(program):
    """A file with the request's body."""
    body = tempfile.NamedTemporaryFile("w", suffix=".body")
    body.write(program.body)
    body.flush()
    return body


def once(place, program, seconds, runs=100_000):
    """Medians of one process: milliseconds, peak memory in KiB, page faults."""
    seen = []
    until = time.monotonic() + seconds
    for one in program.everybody():
        left = until - time.monotonic()
        if seen and left <= 0:
            break
        seen += runs_of(place, one, left, RUNS_OF_EACH if program.others else runs)
    nanoseconds, memory, faults = (statistics.median(column) for column in zip(*seen))
    return {"ms": nanoseconds / 1e6, "kib": memory, "faults": faults, "runs": len(seen)}


def runs_of(place, program, seconds, runs):
    """Nanoseconds, memory and faults of each run."""
    with stdin_of(program) as body:
        command = [place.built["once"], str(runs), str(seconds), program.raw or program.contains, body.name,
                   *program.command(place)]
        done = subprocess.run(command, env=program.variables(place), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{program.name}: {done.stderr}")
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def system_calls(place, program):
    """How many system calls one process makes, its threads' too; None where it cannot be traced."""
    with stdin_of(program) as body, tempfile.NamedTemporaryFile() as counts:
        command = ["strace", "-f", "-c", "-o", counts.name, *program.command(place)]
        with open(body.name, encoding="utf-8") as given:
            subprocess.run(command, env=program.variables(place) | {"PATH": os.environ["PATH"]}, stdin=given,
                           capture_output=True)
        total = [line for line in open(counts.name, encoding="utf-8") if line.rstrip().endswith("total")]
    return int(total[0].split()[3]) if total else None


def load(place, port, connections, seconds, kinds):
    """What `load` saw of each kind, by name."""
    task = {"address": f"127.0.0.1:{port}", "connections": connections, "seconds": seconds, "kinds": kinds}
    done = subprocess.run([place.built["load"]], input=json.dumps(task), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr)
    return {seen["name"]: seen for seen in json.loads(done.stdout)}


def through(place, port, program, connections, seconds):
    """Requests a second and latencies of one program."""
    kind = {"name": program.name, "share": 100, "status": program.status, "contains": program.contains,
            "requests": program.requests()}
    seen = load(place, port, connections, seconds, [kind])[program.name]
    return {name: seen[name] for name in ("per_second", "p50_us", "p99_us", "max_us")}


def verify(ports, program):
    """A peer that lets everybody in, or nobody, is no peer."""
    for cookie in {program.cookie, ""}:
        for server in program.servers:
            connection = http.client.HTTPConnection("127.0.0.1", ports[server], timeout=30)
            headers = program.headers()
            headers.pop("Cookie", None)
            if cookie:
                headers["Cookie"] = cookie
            connection.request(program.method, program.url, program.body or None, headers)
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
            expected = program.status if cookie == program.cookie else 401
            if answer.status != expected:
                raise Failed(f"{program.name}, {server}: {answer.status} instead of {expected}\n{body}")
