"""The place where it is measured: a temporary folder with a private MariaDB, stores, accounts, sessions and
the programs. Everything in it ends with the `with` block, and is ended by its process number."""

import contextlib
import ctypes
import hashlib
import http.client
import os
import pwd
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse

USER = "benchmark"
PASSWORD = "copper-otter-lantern-42"
# Who signs in while that is measured, each from an address of their own: one account may sign in thirty times in ten
# minutes.
SIGNERS = [f"signer{number}" for number in range(4000)]
# Who serves where this runs as root: Apache does not serve as root.
SERVING = "www-data"
IS_ROOT = os.geteuid() == 0

TOML = """store = "{store}"
secret = "{secret}"
state = "{state}"

[http]
allow_http = true
"""
# Where sign-ins are measured: the client's address is what the benchmark says.
TRUSTING = 'trusted_proxies = ["127.0.0.1"]\n'


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def die_with_parent():
    """However this process ends, even by SIGKILL, its servers do, too."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def answers_http(port):
    def ask():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    return ask


class Place(contextlib.ExitStack):
    """`built` has the programs by name; `unpacked` is the folder of what is not installed."""

    def __init__(self, built, unpacked, mariadb_options=()):
        super().__init__()
        self.built, self.unpacked = built, unpacked
        self.folder = tempfile.mkdtemp(prefix="cgi-session-bench.")
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        for name in ("cgi", "www", "state", "db", "php"):
            os.mkdir(self.path(name), 0o755)
        self.give("state")
        self.socket = self.path("db/s.sock")
        try:
            self.start_mariadb(mariadb_options)
            self.make_stores()
            self.place_programs()
        except BaseException:
            self.close()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def give(self, name, mode=0o700):
        """Makes a file or folder the web server's own."""
        os.chmod(self.path(name), mode)
        if IS_ROOT:
            user = pwd.getpwnam(SERVING)
            os.chown(self.path(name), user.pw_uid, user.pw_gid)

    def start(self, name, command, ready, env=None):
        log = self.path(f"{name}.log")
        with open(log, "ab") as output:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                      cwd="/", env=env, preexec_fn=die_with_parent)
        self.callback(self.stop, server)
        until = time.monotonic() + 60
        while not ready():
            if server.poll() is not None or time.monotonic() > until:
                with open(log, encoding="utf-8", errors="replace") as text:
                    raise SystemExit(f"{name} does not start:\n{text.read()[-3000:]}")
            time.sleep(0.05)

    @staticmethod
    def stop(server):
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    # MariaDB and the stores

    def start_mariadb(self, options):
        who = ["--user=root"] if IS_ROOT else []
        data = f"--datadir={self.path('db/data')}"
        subprocess.run(["mariadb-install-db", "--no-defaults", data, "--skip-test-db",
                        "--auth-root-authentication-method=normal", *who],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.start("mariadb", ["mariadbd", "--no-defaults", data, f"--socket={self.socket}", "--skip-networking",
                               f"--pid-file={self.path('db/pid')}", *who, *options], self.mariadb_answers)

    def mariadb(self, *words, **how):
        client = ["mariadb", "--no-defaults", "--user=root", f"--socket={self.socket}", "--batch", *words]
        return subprocess.run(client, text=True, **how)

    def mariadb_answers(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return self.mariadb("--execute", "DO 1", **quiet).returncode == 0

    def sql(self, statements):
        self.mariadb(input=statements, check=True)

    def make_stores(self):
        """`site` for ours and the peers, `perl` and `apache` for those that have their own tables."""
        self.sql("""
            CREATE DATABASE site CHARACTER SET utf8mb4;
            CREATE DATABASE perl CHARACTER SET utf8mb4;
            CREATE DATABASE apache CHARACTER SET utf8mb4;
            CREATE TABLE perl.sessions (id CHAR(32) NOT NULL PRIMARY KEY, a_session TEXT NOT NULL);
            CREATE TABLE apache.session (
                `key` CHAR(48) NOT NULL PRIMARY KEY, value TEXT, expiry BIGINT NOT NULL, KEY (expiry));
            CREATE USER bench@localhost IDENTIFIED BY 'bench';
            GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO bench@localhost;
            CREATE USER wire@localhost;
            GRANT SELECT ON *.* TO wire@localhost;
        """)
        for kind in ("mysql", "sqlite"):
            self.make_store(kind)
            self.add_signers(kind)

    def mysql_url(self, account, database="site"):
        return f"mysql://{account}@localhost/{database}?socket={urllib.parse.quote(self.socket)}"

    def make_store(self, kind, name=None):
        """A configuration and its tables, with one user; answers the configuration's path."""
        name = name or kind
        if kind == "mysql":
            database = "site" if name == kind else name
            store, admin = self.mysql_url("bench:bench", database), self.mysql_url("root", database)
            more = ["--admin-url", admin]
        else:
            store, more = f"sqlite:{self.sqlite(name)}", []
        text = TOML.format(store=store, secret="5" * 64, state=self.path("state"))
        self.write(f"{name}-sign-in.toml", text + TRUSTING)
        self.give(f"{name}-sign-in.toml", 0o600)
        config = self.write(f"{name}.toml", text, 0o600)
        self.administer(config, "init", *more)
        self.administer(config, "user", "add", "--password-stdin", USER, given=PASSWORD)
        self.give(f"{name}.toml", 0o600)
        if kind == "sqlite":
            self.give(f"state/{name}.sqlite", 0o600)
        return config

    def add_signers(self, kind, name=None):
        """Adds those who sign in, with the one hash of the user who is there already."""
        insert = ("INSERT INTO users (login_name, password, created_at, password_changed_at)"
                  " SELECT '{signer}', password, created_at, password_changed_at FROM users WHERE login_name = '{user}';")
        statements = "\n".join(insert.format(signer=signer, user=USER) for signer in SIGNERS)
        if kind == "mysql":
            self.sql(f"USE {name or 'site'};\n{statements}")
            return
        file = self.sqlite(name or kind)
        with sqlite3.connect(file) as database:
            database.executescript(f"BEGIN;\n{statements}\nCOMMIT;")
        database.close()
        self.give(f"state/{name or kind}.sqlite", 0o600)

    def sqlite(self, name="sqlite"):
        return self.path(f"state/{name}.sqlite")

    def administer(self, config, *words, given=None):
        command = [self.built["cgi-session"], *words, "--config", config]
        done = subprocess.run(command, input=given, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.stderr}")

    # What is served

    def place_programs(self):
        """Copies, since the web server's user may not be allowed into the project's folder."""
        for name in ("protected", "login", "logout", "hash", "floor", "floor-static", "empty", "wire", "file", "check-c",
                     "check-c-static", "check.php", "check.pl", "check.py"):
            if name in self.built:
                shutil.copy(self.built[name], self.path(f"cgi/{name}"))
                os.chmod(self.path(f"cgi/{name}"), 0o755)
        self.write("www/page.html", "<!doctype html><title>Protected</title><p>Signed in as somebody.\n" * 8)
        extensions = self.built["php-extensions"]
        self.write("php/php.ini", f"extension_dir = {extensions}\nextension = mysqlnd.so\nextension = mysqli.so\n"
                                  "cgi.force_redirect = 0\nexpose_php = Off\nenable_post_data_reading = Off\n")

    def sign_in(self, port, path):
        """A real sign-in over the web server; answers the token."""
        fields = urllib.parse.urlencode({"login_name": USER, "password": PASSWORD})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", path, fields, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        cookie = answer.headers.get("Set-Cookie", "")
        if answer.status != 303 or "session=" not in cookie:
            raise SystemExit(f"sign-in at {path}: {answer.status}\n{answer.read().decode(errors='replace')}")
        return cookie.split("session=")[1].split(";")[0]


def new_token():
    return hashlib.sha1(secrets.token_bytes(32)).hexdigest()


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
