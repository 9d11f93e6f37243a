"""What is compared. All of them get the same request from the same client."""

import http.client
import random
import subprocess
import urllib.parse
from dataclasses import dataclass, field

from place import PASSWORD, SIGNERS, USER

SIGNED_IN = "Signed in as"


@dataclass
class Program:
    """A row of the table: a program and a request to it."""

    name: str
    url: str
    contains: str
    status: int = 200
    cookie: str = ""
    body: str = ""
    env: dict = field(default_factory=dict)
    interpreter: list = field(default_factory=list)
    servers: tuple = ("lighttpd",)
    # Whether it is a program that can be started by itself.
    process: bool = True
    # What the answer's bytes hold as CGI has them, where that is not `contains`.
    raw: str = ""
    # The client's address, as a trusted proxy gives it.
    address: str = ""
    # The same request, as made by others.
    others: list = field(default_factory=list)

    @property
    def method(self):
        return "POST" if self.body else "GET"

    def headers(self):
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                   "Accept": "text/html,application/xhtml+xml", "Accept-Language": "en-US,en"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.address:
            headers["X-Forwarded-For"] = self.address
        if self.body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Content-Length"] = str(len(self.body))
        return headers

    def request(self):
        lines = [f"{self.method} {self.url} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers().items()]
        return "\r\n".join(lines) + "\r\n\r\n" + self.body

    def everybody(self):
        """Each who makes it, in another order each time: nobody makes it too often."""
        everybody = [self, *self.others]
        return random.sample(everybody, len(everybody))

    def requests(self):
        return [one.request() for one in self.everybody()]

    def command(self, place):
        return [*self.interpreter, place.path(f"cgi/{self.url.rsplit('/', 1)[1]}")]

    def variables(self, place):
        """The environment as lighttpd makes it."""
        path = place.path(f"cgi/{self.url.rsplit('/', 1)[1]}")
        variables = {
            "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "bench", "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "127.0.0.1", "SERVER_ADDR": "127.0.0.1", "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "40000", "REQUEST_METHOD": self.method,
            "REQUEST_URI": self.url, "QUERY_STRING": "", "SCRIPT_NAME": self.url, "SCRIPT_FILENAME": path,
            "DOCUMENT_ROOT": place.path("www"), "REDIRECT_STATUS": "200", "HTTP_HOST": "127.0.0.1",
        }
        for name, value in self.headers().items():
            known = name in ("Content-Type", "Content-Length")
            variables[("" if known else "HTTP_") + name.upper().replace("-", "_")] = value
        return variables | self.env


def ours(store, token, place):
    """The three requests to ours on one store; whoever is signed out costs the same on each."""
    env = {"CGI_SESSION_CONFIG": place.path(f"{store}.toml")}
    name = {"mysql": "MySQL", "sqlite": "SQLite"}[store]
    both = ("lighttpd", "apache")
    return [
        Program(f"ours, {name}, signed in", f"/{store}/protected", USER, cookie=f"cgi-session={token}", env=env,
                servers=both),
        sign_in(f"ours, {name}, sign-in", store, place),
        Program(f"ours, {name}, signed out", f"/{store}/protected", "/login?next=", status=401, env=env,
                raw="Status: 401"),
    ]


def sign_in(name, store, place):
    """A sign-in of each of many, where the client's address is what the request says."""
    def of(number, signer):
        return Program(name, f"/{store}-sign-in/login", "", status=303, raw="Status: 303",
                       body=urllib.parse.urlencode({"login_name": signer, "password": PASSWORD}),
                       env={"CGI_SESSION_CONFIG": place.path(f"{store}-sign-in.toml")},
                       address=f"10.{number // 250}.{number % 250}.1")

    first, *others = [of(number, signer) for number, signer in enumerate(SIGNERS)]
    first.others = others
    return first


def hashing():
    """What a sign-in cannot be cheaper than."""
    return Program("Argon2id alone", "/hash", "hashed", servers=())


def peers(place, token):
    env = {"BENCH_SOCKET": place.socket, "BENCH_FILE": place.sqlite()}
    perl = subprocess.run([place.path("cgi/check.pl"), USER], env=env, check=True, capture_output=True, text=True)
    php = env | {"PHPRC": place.path("php")}
    rows = [Program("floor and one MySQL connection", "/peer/wire", SIGNED_IN, cookie=f"session={token}", env=env),
            Program("floor and one SQLite query", "/peer/file", SIGNED_IN, cookie=f"session={token}", env=env),
            Program("C, libmariadb", "/peer/check-c", SIGNED_IN, cookie=f"session={token}", env=env)]
    if "check-c-static" in place.built:
        rows.append(Program("C, libmariadb, static", "/peer/check-c-static", SIGNED_IN, cookie=f"session={token}",
                            env=env))
    rows += [
        Program("PHP-CGI, mysqli", "/peer/check.php", SIGNED_IN, cookie=f"session={token}", env=php,
                interpreter=[place.built["php-cgi"]]),
        Program("Perl, CGI::Session, DBI", "/peer/check.pl", SIGNED_IN, cookie=f"CGISESSID={perl.stdout}", env=env),
        Program("Python 3, mysqlclient", "/peer/check.py", SIGNED_IN, cookie=f"userid=1; session={token}", env=env),
    ]
    return rows


def apaches_own(port):
    rows = []
    for name in ("dbd", "crypto"):
        fields = urllib.parse.urlencode({"httpd_username": USER, "httpd_password": PASSWORD})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", f"/{name}-login", fields, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        cookie = answer.headers.get("Set-Cookie", "").split(";")[0]
        if answer.status not in (302, 303) or not cookie:
            raise SystemExit(f"Apache's mod_session_{name}: sign-in answers {answer.status}")
        rows.append(Program(f"mod_session_{name}", f"/{name}/page.html", SIGNED_IN, cookie=cookie,
                            servers=("apache",), process=False))
    return rows


def floors():
    written = {"contains": "signed in"}
    return [
        Program("floor", "/peer/floor", servers=("lighttpd", "apache"), **written),
        Program("floor, no PIE", "/peer/floor-static", **written),
        Program("floor in Rust", "/peer/empty", **written),
    ]
