"""Runs each tool against each site, and reads what it found; servers and stores are those of tests/long/bench."""

import collections
import contextlib
import glob
import http.client
import http.server
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import findings
import place
import servers

OUT = os.path.abspath("target/attack")
LISTS = "/usr/share/wfuzz/wordlist"
STORES = {"mysql": "MySQL", "sqlite": "SQLite"}
STATUS = re.compile(r'^\S+ .*?" (\d{3}) ')
TOOLS = {}


def tool(run):
    TOOLS[run.__name__] = run
    return run


class Site:
    """One store behind one web server."""

    def __init__(self, where, server, port, store, access):
        self.where, self.server, self.port, self.store, self.access = where, server, port, store, access
        self.base = f"http://127.0.0.1:{port}/{store}"
        self.name = f"{server}, {STORES[store]}"

    def sign_in(self):
        return self.where.sign_in(self.port, f"/{self.store}/login")

    def output(self, name):
        folder = os.path.join(OUT, f"{name}-{self.server}-{self.store}")
        os.makedirs(folder, exist_ok=True)
        return folder

    def answered(self):
        """How often each status was answered since the server began."""
        with open(self.access, encoding="utf-8", errors="replace") as log:
            return collections.Counter(found[1] for found in map(STATUS.match, log) if found)


@contextlib.contextmanager
def lifted(where):
    """The throttle lets more through, and forgets all the time: what lies behind it is attacked, too."""
    configs = {where.path(f"{store}.toml"): None for store in STORES}
    for path in configs:
        with open(path, "r+", encoding="utf-8") as file:
            configs[path] = file.read()
            file.write("[throttle]\nfree_tries = 100\n")
    done = threading.Event()

    def forget():
        while not done.wait(0.3):
            with contextlib.suppress(sqlite3.Error):
                database = sqlite3.connect(where.sqlite(), timeout=2)
                database.execute("DELETE FROM attempts")
                database.commit()
                database.close()
            where.mariadb("--execute", "DELETE FROM site.attempts", stderr=subprocess.DEVNULL)

    thread = threading.Thread(target=forget)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for path, before in configs.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(before)


def run(site, name, command, seconds=1500, env=None):
    """What it printed; it is ended after `seconds`."""
    folder = site.output(name.split()[0])
    log = os.path.join(folder, name.replace(" ", "-") + ".log")
    with open(log, "wb") as output:
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                           timeout=seconds, env=os.environ | (env or {}), check=False)
        except subprocess.TimeoutExpired:
            output.write(b"\nENDED: OUT OF TIME\n")
    with open(log, encoding="utf-8", errors="replace") as text:
        said = text.read()
    return said, ["it was not done in time"] if "ENDED: OUT OF TIME" in said else []


@tool
def sqlmap(site):
    """The form's fields, the cookie, and what a sign-in stores of the browser."""
    common = ["--level", "5", "--risk", "3", "--batch", "--flush-session", "--threads", "4", "--disable-coloring",
              "--dbms", STORES[site.store], "--output-dir", site.output("sqlmap"), "--ignore-code", "401,400,403,429",
              "--time-sec", "5"]
    right = urllib.parse.urlencode({"login_name": place.USER, "password": place.PASSWORD})
    attacks = {
        "cookie": ["-u", f"{site.base}/protected", "--cookie", f"cgi-session={site.sign_in()}", "-p", "cgi-session"],
        "form": ["-u", f"{site.base}/login", "--data", f"login_name={place.USER}&password=x&remember=1&next=/a",
                 "-p", "login_name,password,remember,next"],
        "browser": ["-u", f"{site.base}/login", "--data", right, "-p", "user-agent"],
    }
    found = []
    for name, words in attacks.items():
        # Some ten thousand tries of each parameter, each of which hashes.
        said, late = run(site, f"sqlmap {name}", ["sqlmap", *words, *common], seconds=4 * 3600)
        found += late
        # It says so of each parameter, or why it did not try.
        if "do not appear to be injectable" not in said:
            found.append(f"{name}: " + (re.findall(r"\[(?:CRITICAL|INFO)\] (.*injec.*)", said) or ["no verdict"])[-1])
        found += [f"{name}: {what}" for what in re.findall(r"Parameter: (.*)", said)]
    return found


@tool
def wapiti(site):
    modules = "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect," \
              "shellshock,sql,timesql,upload,xss"
    report = os.path.join(site.output("wapiti"), "report.json")
    with contextlib.suppress(FileNotFoundError):
        os.remove(report)
    _, found = run(site, "wapiti", [
        "wapiti", "-u", f"{site.base}/protected", "-s", f"{site.base}/login?next=/a", "-s", f"{site.base}/logout",
        "--scope", "folder", "-m", modules, "-l", "2", "-f", "json", "-o", report, "--flush-session", "--no-bugreport",
        "-H", f"Cookie: cgi-session={site.sign_in()}", "-x", f"{site.base}/logout", "--store-session", site.output("wapiti"),
        "--max-scan-time", "900"])
    if not os.path.exists(report):
        return [*found, "no report"]
    with open(report, encoding="utf-8") as text:
        said = json.load(text)
    for part in ("vulnerabilities", "anomalies"):
        for kind, cases in said[part].items():
            found += sorted({f"{kind}: {case['method']} {case['path']} {case['parameter']}: {case['info'][:120]}"
                             .replace(f"/{site.store}/", "/") for case in cases})
    return found


def place_script(where):
    """A script behind the guard, beside our programs; the guard lies where no URL leads."""
    guard = shutil.copy(where.built["cgi-session-guard"], where.path("guard"))
    os.chmod(guard, 0o755)
    where.write("cgi/script", f"#!{guard} /bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nran\\n'\n", 0o755)


@tool
def ffuf(site):
    """Names that a server may have, and odd values in each place that takes one."""
    found = []

    def fuzz(name, lists, *words):
        report = os.path.join(site.output("ffuf"), f"{name}.json")
        one = os.path.join(site.output("ffuf"), f"{name}.txt")
        with open(one, "wb") as merged:
            for path in lists:
                with open(os.path.join(LISTS, path), "rb") as part:
                    merged.write(part.read() + b"\n")
        _, late = run(site, f"ffuf {name}", ["ffuf", "-w", one, "-mc", "all", "-t", "4", "-s", "-of", "json", "-o", report,
                                             *words])
        found.extend(late)
        with open(report, encoding="utf-8", errors="replace") as text:
            results = json.load(text)["results"]
        if len(results) < 40:
            found.append(f"{name}: only {len(results)} answers")
        for result in results:
            yield result["input"]["FUZZ"], result["status"], result.get("redirectlocation", "")

    names = ["general/common.txt", "general/big.txt", "vulns/cgis.txt", "vulns/apache.txt"]
    for word, status, _ in fuzz("names", names, "-u", f"{site.base}/FUZZ"):
        there = word.split("?")[0].strip("/") in ("login", "logout", "protected", "")
        if status == 200 and not there or status >= 500:
            found.append(f"{status} for {word!r}")
    odd = ["Injections/All_attack.txt", "Injections/bad_chars.txt", "Injections/SQL.txt", "Injections/XSS.txt",
           "vulns/dirTraversal-nix.txt"]
    for word, status, _ in fuzz("path", odd, "-u", f"{site.base}/protected/FUZZ"):
        if status not in (400, 401, 403, 404, 200) or status == 200 and "/" not in word and ".." not in word:
            found.append(f"{status} for the path {word!r}")
    right = f"login_name={place.USER}&password={place.PASSWORD}"
    for word, status, there in fuzz("next", odd, "-u", f"{site.base}/login", "-X", "POST", "-d", f"{right}&next=FUZZ",
                                    "-H", "Content-Type: application/x-www-form-urlencoded"):
        theirs = urllib.parse.urljoin(f"{site.base}/login", there)
        if status not in (303, 400) or not theirs.startswith(f"http://127.0.0.1:{site.port}/"):
            found.append(f"{status} for next={word!r}, to {there!r}")
    for word, status, _ in fuzz("cookie", odd, "-u", f"{site.base}/protected", "-H", "Cookie: cgi-session=FUZZ"):
        if status not in (401, 303, 400):
            found.append(f"{status} for the cookie {word!r}")
    place_script(site.where)
    guarded = {"path": ["-u", f"{site.base}/script/FUZZ"], "words": ["-u", f"{site.base}/script?FUZZ"],
               "cookie": ["-u", f"{site.base}/script", "-H", "Cookie: cgi-session=FUZZ"]}
    for name, words in guarded.items():
        for word, status, _ in fuzz(f"script-{name}", odd, *words):
            # Nobody is signed in: whatever the words, the script does not run. Beside it, there may be nothing.
            if status not in (400, 401, 403, 404):
                found.append(f"{status} for the {name} {word!r} of a guarded script")
    return found


class Mask(http.server.BaseHTTPRequestHandler):
    """hydra 9.4 takes a 401 for HTTP's own authentication and gives up: between it and the site, a 401 is a 200."""

    site = None

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        connection.request(self.command, self.path, body or None,
                           {"Content-Type": self.headers.get("Content-Type", "text/plain")} if body else {})
        answer = connection.getresponse()
        said = answer.read()
        self.send_response(200 if answer.status == 401 else answer.status)
        for name in ("Set-Cookie", "Location", "Retry-After"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def masked(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("MaskOfOne", (Mask,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@tool
def hydra(site):
    """The right password stands behind 300 wrong ones."""
    words = os.path.join(site.output("hydra"), "passwords")
    with open(words, "w", encoding="utf-8") as file:
        file.writelines(f"wrong-password-{number}\n" for number in range(300))
        file.write(place.PASSWORD + "\n")
    before = site.answered()
    form = f"/{site.store}/login:login_name=^USER^&password=^PASS^:S=Set-Cookie"
    with masked(site) as port:
        said, _ = run(site, "hydra", ["hydra", "-I", "-l", place.USER, "-P", words, "-s", str(port), "-t", "4", "-f",
                                      "127.0.0.1", "http-post-form", form], seconds=120)
    found = []
    tried = site.answered() - before
    if re.search(r"login: \S+ +password: ", said):
        found.append(f"it found the password after {tried['401']} wrong ones")
    elif not tried["429"]:
        found.append("it was not stopped by 429")
    return found


@tool
def slow(site):
    """Slow headers, slow bodies, slow reading; a visitor comes all the while."""
    found = []
    for name, words in {"headers": ["-H"], "body": ["-B", "-s", "8192"], "read": ["-X", "-w", "1", "-y", "8"]}.items():
        longest, done = [], threading.Event()

        def visit(longest=longest, done=done):
            while not done.wait(0.5):
                began = time.monotonic()
                with contextlib.suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(f"{site.base}/protected", timeout=60)
                longest.append(time.monotonic() - began)

        visitor = threading.Thread(target=visit)
        visitor.start()
        run(site, f"slow {name}", ["slowhttptest", *words, "-c", "200", "-r", "50", "-i", "5", "-l", "20", "-p", "5",
                                   "-t", "POST" if name == "body" else "GET", "-u", f"{site.base}/login"], seconds=120)
        done.set()
        visitor.join()
        time.sleep(6)
        left = [link for link in glob.glob("/proc/[0-9]*/exe")
                if os.path.islink(link) and target_of(link).startswith(site.where.path("cgi") + "/")]
        if left:
            found.append(f"{name}: {len(left)} processes are left")
        print(f"    slow {name}: {len(longest)} visits meanwhile, the longest {max(longest, default=0):.2f} s", flush=True)
        if not longest or max(longest) > 6:
            found.append(f"{name}: a visitor waited {max(longest, default=60):.1f} s")
    return found


def target_of(link):
    try:
        return os.readlink(link)
    except OSError:
        return ""


@tool
def crlf(site):
    report = os.path.join(site.output("crlf"), "report.json")
    with contextlib.suppress(FileNotFoundError):
        os.remove(report)
    found = []
    for path in ("login?next=/a", "protected?stay=1", "login?signed_out=1"):
        said, late = run(site, f"crlf {path.split('?')[0]}", ["crlfsuite", "-t", f"{site.base}/{path}", "-oJ", report, "-sH"],
                         seconds=300)
        found += late + [line.strip() for line in said.splitlines() if re.search(r"\[VLN\]|vulnerable", line, re.I)
                         and not re.search(r"not vulnerable|no vuln", line, re.I)]
    return found


@tool
def redirect(site):
    found = []
    for path in ("login?next=/a", "protected?next=/a", "login?signed_out=1&next=/a"):
        for words in ([], ["-crlf"]):
            report = os.path.join(site.output("redirect"), "report.json")
            with contextlib.suppress(FileNotFoundError):
                os.remove(report)
            _, late = run(site, "redirect", ["oralyzer", "-u", f"{site.base}/{path}", "-o", report, "--no-color", *words],
                          seconds=300)
            found += late
            if os.path.exists(report):
                with open(report, encoding="utf-8") as text:
                    found += [f"{count} of {path}: {what}" for what, count in destinations(site, json.load(text)).items()]
    return found


def destinations(site, said):
    """It tells of each answer whose Location has its words in it, wherever that leads."""
    kinds = collections.Counter()
    for one in said:
        there = urllib.parse.urljoin(one["request_url"], one.get("destination", "//elsewhere"))
        ours = there.startswith(f"http://127.0.0.1:{site.port}/")
        kinds[f"{one['type']}, {'to this site' if ours else 'to ' + there[:80]}"] += 1
    return kinds


def start_lighttpd(where):
    """That of tests/long/bench, with a log of each request."""
    access = where.write("lighttpd.access", "", 0o666)
    write = where.write

    def with_log(name, text, mode=0o644):
        if name == "lighttpd.conf":
            text = text.replace('"mod_cgi" )', '"mod_cgi", "mod_accesslog" )') + f'accesslog.filename = "{access}"\n'
        return write(name, text, mode)

    where.write = with_log
    port = servers.lighttpd(where, STORES)
    where.write = write
    return port, access


def start_apache(where):
    access, port = where.path("apache.access"), place.free_port()
    modules = "alias authz_core authz_host dir env filter mime mpm_event negotiation reqtimeout setenvif cgid".split()
    text = "".join(f"LoadModule {name}_module {servers.APACHE_MODULES}/mod_{name}.so\n" for name in modules)
    at = where.folder
    text += f"""ServerRoot {at}
PidFile {at}/apache.pid
DefaultRuntimeDir {at}
ErrorLog {at}/apache.errors
CustomLog {access} "%h %l %u %t \\"%r\\" %>s %b"
ServerName localhost
TypesConfig /dev/null
Mutex pthread
Listen 127.0.0.1:{port}
DocumentRoot {at}/www
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {at}>
    Require all granted
</Directory>
RequestReadTimeout header=20-40,minrate=500 body=20,minrate=500
"""
    if place.IS_ROOT:
        text += f"User {place.SERVING}\nGroup {place.SERVING}\n"
    for store in STORES:
        text += (f"ScriptAlias /{store}/ {at}/cgi/\n"
                 f"<Location /{store}/>\nSetEnv CGI_SESSION_CONFIG {at}/{store}.toml\n</Location>\n")
    config = where.write("apache2.conf", text)
    where.start("apache", ["apache2", "-DFOREGROUND", "-f", config], place.answers_http(port))
    return port, access


def is_whole(where, users):
    """Nothing was made, changed or dropped."""
    database = sqlite3.connect(where.sqlite(), timeout=10)
    if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        return ["SQLite's file is damaged"]
    if users_of(where) != users:
        return ["the users are others"]
    return []


def users_of(where):
    query = "SELECT id, login_name, password FROM users ORDER BY id"
    with contextlib.closing(sqlite3.connect(where.sqlite(), timeout=10)) as database:
        rows = database.execute(query).fetchall()
    said = where.mariadb("--execute", f"USE site; {query}", capture_output=True).stdout
    return rows, said


def main():
    chosen = sys.argv[1:] or list(TOOLS)
    built = json.loads(os.environ["ATTACK_BUILT"])
    built["php-cgi"] = ""
    rows, unexplained = [], 0
    with place.Place(built, os.environ["CGI_SESSION_TEST_SERVERS"]) as where:
        for config in STORES:
            with open(where.path(f"{config}.toml"), "a", encoding="utf-8") as file:
                how = "redirect" if config == "sqlite" else "message"
                file.write(f"\n[page]\nwhen_signed_out = \"{how}\"\n[log]\nto = \"{where.path('state/events')}\"\n")
        # Each store behind one of the servers, and both in turn: a tool twice is enough.
        ports = {"lighttpd": start_lighttpd(where), "Apache": start_apache(where)}
        sites = [Site(where, "lighttpd", *ports["lighttpd"][:1], "mysql", ports["lighttpd"][1]),
                 Site(where, "Apache", *ports["Apache"][:1], "sqlite", ports["Apache"][1])]
        users = users_of(where)
        for name in chosen:
            for site in sites:
                before, began = site.answered(), time.monotonic()
                with contextlib.nullcontext() if name == "hydra" else lifted(where):
                    found = TOOLS[name](site)
                time.sleep(1)
                answered = site.answered() - before
                found += is_whole(where, users)
                if name != "slow":
                    found += [f"{count} answers of {status}" for status, count in answered.items() if status >= "500"]
                reasons = {one: findings.reason(name, one) for one in found}
                unexplained += sum(reason is None for reason in reasons.values())
                verdict = "nothing" if not found else f"{len(found)} findings"
                statuses = " ".join(f"{status}:{count}" for status, count in sorted(answered.items()))
                row = f"{name:9} {site.name:16} {sum(answered.values()):7} requests in " \
                      f"{time.monotonic() - began:4.0f} s  {verdict:11}  {statuses}"
                rows.append(row)
                print(row, flush=True)
                for one, reason in reasons.items():
                    print(f"    {one}\n        -> {reason or 'NOT EXPLAINED'}", flush=True)
    print("\n" + "\n".join(rows))
    if unexplained:
        raise SystemExit(f"{unexplained} findings are not explained")


main()
