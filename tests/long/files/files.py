"""How fast a large file is sent and in how much memory, and what a small one costs."""

import json
import os
import random
import shutil
import socket
import statistics
import sys
import threading
import time

import place
from servers import answers_http

IS_SHORT = "--short" in sys.argv
# The short form looks at whole downloads and at memory. Speeds are measured where nothing else runs.
SIZE = 1 << 27 if IS_SHORT else 1 << 30
# At least so many times the server's own speed, by way.
LEAST = {"X-Sendfile": 0.8, "copied": 0.3}
# Kilobytes, at most, of our process.
PEAK = 6_000
# At most so many times the time of a check.
COST = 1.2
WAYS = {"the server itself": "open", "X-Sendfile": "handed", "copied": "copied"}


class Ground(place.Place):
    """A site on SQLite with the same file three times, and a small one."""

    def start_mariadb(self, options):
        pass

    def make_stores(self):
        self.config = self.make_store("sqlite")
        with open(self.config, encoding="utf-8") as file:
            text = file.read() + '[files]\nx_sendfile = {}\n'
        for name in WAYS.values():
            os.mkdir(self.path(f"www/{name}"), 0o755)
            with open(self.path(f"www/{name}/large.bin"), "wb") as file:
                file.truncate(SIZE)
            self.write(f"www/{name}/small.txt", "small\n")
            self.write(f"{name}.toml", text.format("true" if name == "handed" else "false"))
            self.give(f"{name}.toml", 0o600)
            self.give(f"www/{name}", 0o755)

    def place_programs(self):
        super().place_programs()
        shutil.copy(self.built["files"], self.path("cgi/files"))
        os.chmod(self.path("cgi/files"), 0o755)

    def lighttpd(self):
        port = place.free_port()
        # When its client is slow for a moment, lighttpd puts a part of an answer there, and cuts the answer if it cannot.
        os.mkdir(self.path("uploads"))
        self.give("uploads")
        program = os.path.join(self.unpacked, "lighttpd/usr/sbin/lighttpd")
        modules = os.path.join(self.unpacked, "lighttpd/usr/lib/lighttpd")
        if not os.path.exists(program):
            program, modules = shutil.which("lighttpd"), "/usr/lib/lighttpd"
        who = f'server.username = "{place.SERVING}"\nserver.groupname = "{place.SERVING}"\n' if place.IS_ROOT else ""
        text = f"""server.modules = ( "mod_alias", "mod_setenv", "mod_cgi" )
server.document-root = "{self.path('www')}"
server.upload-dirs = ( "{self.path('uploads')}" )
server.bind = "127.0.0.1"
server.port = {port}
{who}$HTTP["url"] =~ "^/cgi-bin/" {{
    alias.url = ( "/cgi-bin/" => "{self.path('cgi')}/" )
    cgi.assign = ( "" => "" )
    setenv.set-environment = ( "CGI_SESSION_CONFIG" => "{self.config}" )
}}
"""
        for name, more in (("copied", ""), ("handed", f"""
    cgi.x-sendfile = "enable"
    cgi.x-sendfile-docroot = ( "{self.path('www/handed')}" )""")):
            text += f"""$HTTP["url"] =~ "^/{name}($|/)" {{
    cgi.assign = ( "" => "{self.path('cgi')}/files" )
    setenv.set-environment = ( "CGI_SESSION_CONFIG" => "{self.path(name)}.toml" )
    server.stream-response-body = 2{more}
}}
"""
        config = self.write("lighttpd.conf", text)
        self.start("lighttpd", [program, "-D", "-m", modules, "-f", config], answers_http(port))
        return port


def peak_of(program, ended):
    """The most memory in kilobytes of any process that runs `program` until `ended`."""
    peak, inode = 0, os.stat(program)
    while not ended.is_set():
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                about = os.stat(f"/proc/{pid}/exe")
                if (about.st_dev, about.st_ino) == (inode.st_dev, inode.st_ino):
                    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                        lines = [line for line in status if line.startswith("VmHWM:")]
                    peak = max([peak, *(int(line.split()[1]) for line in lines)])
            except OSError:
                pass
        time.sleep(0.02)
    return peak


def download(port, path, cookie):
    """Bytes a second."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookie}", "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        buffer, length, first, began = bytearray(1 << 20), 0, b"", time.monotonic()
        while read := connection.recv_into(buffer):
            first = first or bytes(buffer[:read])
            length += read
    head = first.split(b"\r\n\r\n")[0]
    if b" 200 " not in head.split(b"\r\n")[0] or length != SIZE + len(head) + 4:
        raise SystemExit(f"{path}: {length} bytes: {head.decode(errors='replace')}")
    return SIZE / (time.monotonic() - began)


def compare_speeds(ground, port, cookie, downloads):
    best, peaks = dict.fromkeys(WAYS, 0), dict.fromkeys(WAYS, 0)
    for _ in range(downloads):
        for way, name in random.sample(list(WAYS.items()), len(WAYS)):
            ended, peak = threading.Event(), []
            watch = threading.Thread(target=lambda: peak.append(peak_of(ground.path("cgi/files"), ended)))
            watch.start()
            try:
                best[way] = max(best[way], download(port, f"/{name}/large.bin", cookie))
            except SystemExit as why:
                with open(ground.path("lighttpd.log"), encoding="utf-8", errors="replace") as log:
                    raise SystemExit(f"{why}\n{log.read()[-2000:]}") from None
            finally:
                ended.set()
                watch.join()
            peaks[way] = max(peaks[way], *peak)
    held = True
    for way, speed in best.items():
        part = speed / best["the server itself"]
        held = held and (IS_SHORT or part >= LEAST.get(way, 0)) and peaks[way] < PEAK
        memory = f", peak {peaks[way] / 1000:.1f} MB" if peaks[way] else ""
        print(f"  {SIZE >> 20} MiB {way:18} {speed / 1e6:6,.0f} MB/s, {part:.2f} times{memory}")
    return held


def variables(ground, program, more):
    return {"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": "GET", "QUERY_STRING": "",
            "SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1", "DOCUMENT_ROOT": ground.path("www"),
            "CGI_SESSION_CONFIG": ground.path("copied.toml"), "SCRIPT_NAME": f"/cgi-bin/{program}",
            "SCRIPT_FILENAME": ground.path(f"cgi/{program}"), "REQUEST_URI": f"/cgi-bin/{program}", **more}


def used(program, environment, output):
    """User and system time in microseconds of one request."""
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600),
             (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]
    pid = os.posix_spawn(program, [program], environment, file_actions=files)
    _, status, usage = os.wait4(pid, 0)
    with open(output, "rb") as file:
        answer = file.read()
    if status != 0 or not answer.startswith(b"Status: 200 "):
        raise SystemExit(f"{program}: {status} {answer[:300]}")
    return (usage.ru_utime + usage.ru_stime) * 1e6


def compare_costs(ground, cookie, requests):
    path = "/copied/small.txt"
    of_a_file = {"SCRIPT_NAME": path, "REQUEST_URI": path, "SCRIPT_FILENAME": ground.path("www" + path)}
    kinds = {"check": ("protected", {}), "file": ("files", of_a_file)}
    times = {kind: [] for kind in kinds}
    output = ground.path("output")
    for number in range(requests + 5):
        for kind in random.sample(list(kinds), len(kinds)):
            program, more = kinds[kind]
            environment = variables(ground, program, {"HTTP_COOKIE": cookie, **more})
            time_used = used(ground.path(f"cgi/{program}"), environment, output)
            # The first few warm the machine up.
            if number >= 5:
                times[kind].append(time_used)
    # A virtual machine changes between two speeds: each file is compared with the check beside it.
    ratio = statistics.median(file / check for file, check in zip(times["file"], times["check"]))
    check, file = (statistics.median(times[kind]) for kind in ("check", "file"))
    print(f"  a small file {file:.0f} us, a check {check:.0f} us: {ratio:.2f} times, of {requests} pairs")
    return ratio <= COST


def main():
    downloads, requests = map(int, sys.argv[1:3])
    built = json.loads(os.environ["FILES_BUILT"])
    with Ground(built, os.environ.get("CGI_SESSION_TEST_SERVERS", "")) as ground:
        port = ground.lighttpd()
        token = ground.sign_in(port, "/cgi-bin/login")
        cookie = f"cgi-session={token}"
        fast = compare_speeds(ground, port, cookie, downloads)
        cheap = compare_costs(ground, cookie, requests)
    if not fast or not cheap:
        raise SystemExit("slower, larger or dearer than promised")


main()
