"""lighttpd and Apache, each on a port of its own, with the same programs at the same paths."""

import base64
import hashlib
import os
import shutil

from place import IS_ROOT, PASSWORD, SERVING, USER, answers_http, free_port

APACHE_MODULES = "/usr/lib/apache2/modules"
# What Debian's package enables and a request passes, then CGI, then the modules that are compared.
APACHE = """alias authz_core authz_host autoindex deflate dir env filter mime mpm_event negotiation reqtimeout
    setenvif cgid auth_form authn_core authn_file authz_user dbd request session session_cookie session_crypto
    session_dbd""".split()

SESSION_SQL = {
    "deletesession": "delete from session where `key` = %s",
    "updatesession": "update session set value = %s, expiry = %lld, `key` = %s where `key` = %s",
    "insertsession": "insert into session (value, expiry, `key`) values (%s, %lld, %s)",
    "selectsession": "select value from session where `key` = %s and (expiry = 0 or expiry > %lld)",
    "cleansession": "delete from session where expiry != 0 and expiry < %lld",
}


def lighttpd(place, stores):
    port = free_port()
    unpacked = os.path.join(place.unpacked, "lighttpd")
    program = os.path.join(unpacked, "usr/sbin/lighttpd")
    modules = os.path.join(unpacked, "usr/lib/lighttpd")
    if not os.path.exists(program):
        program, modules = shutil.which("lighttpd"), "/usr/lib/lighttpd"
    who = f'server.username = "{SERVING}"\nserver.groupname = "{SERVING}"\n' if IS_ROOT else ""
    text = f"""server.modules = ( "mod_access", "mod_alias", "mod_setenv", "mod_cgi" )
server.document-root = "{place.path('www')}"
server.bind = "127.0.0.1"
server.port = {port}
server.max-keep-alive-requests = 1000000
{who}$HTTP["url"] =~ "^/peer/" {{
    alias.url = ( "/peer/" => "{place.path('cgi')}/" )
    cgi.assign = ( ".php" => "{place.built['php-cgi']}", "" => "" )
    setenv.set-environment = (
        "BENCH_SOCKET" => "{place.socket}", "BENCH_FILE" => "{place.sqlite()}", "PHPRC" => "{place.path('php')}"
    )
}}
"""
    for store in stores:
        text += f"""$HTTP["url"] =~ "^/{store}/" {{
    alias.url = ( "/{store}/" => "{place.path('cgi')}/" )
    cgi.assign = ( "" => "" )
    setenv.set-environment = ( "CGI_SESSION_CONFIG" => "{place.path(store)}.toml" )
}}
"""
    config = place.write("lighttpd.conf", text)
    place.start("lighttpd", [program, "-D", "-m", modules, "-f", config], answers_http(port))
    return port


def apache(place, stores):
    """Also its own modules: a form sign-in, whose session is in a cookie, encrypted, or in the database."""
    port = free_port()
    hashed = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    passwords = place.write("apache.users", f"{USER}:{{SHA}}{hashed}\n")
    text = "".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n" for name in APACHE)
    text += f"""ServerRoot {place.folder}
PidFile {place.path('apache.pid')}
DefaultRuntimeDir {place.folder}
ErrorLog {place.path('apache.errors')}
ServerName localhost
TypesConfig /dev/null
Mutex pthread
Listen 127.0.0.1:{port}
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot {place.path('www')}
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {place.folder}>
    Require all granted
</Directory>
DBDriver mysql
DBDParams "sock={place.socket} user=bench pass=bench dbname=apache"
"""
    text += "".join(f'DBDPrepareSQL "{sql}" {label}\n' for label, sql in SESSION_SQL.items())
    if IS_ROOT:
        text += f"User {SERVING}\nGroup {SERVING}\n"
    for store in stores:
        text += (f"ScriptAlias /{store}/ {place.path('cgi')}/\n"
                 f"<Location /{store}/>\nSetEnv CGI_SESSION_CONFIG {place.path(store)}.toml\n</Location>\n")
    text += f"ScriptAlias /peer/ {place.path('cgi')}/\n"
    kept = {
        "dbd": "SessionDBDCookieName session_dbd path=/",
        "crypto": "SessionCookieName session_crypto path=/\nSessionCryptoPassphrase a-long-random-passphrase",
    }
    for name, session in kept.items():
        # The passphrase spares it the password's hash in each request, and the interval a write.
        common = f"""AuthType form
AuthName bench
AuthFormProvider file
AuthUserFile {passwords}
AuthFormSitePassphrase another-long-passphrase
Session On
SessionMaxAge 43200
SessionExpiryUpdateInterval 60
{session}
"""
        text += (f"Alias /{name}/ {place.path('www')}/\n<Location /{name}/>\n{common}Require valid-user\n</Location>\n"
                 f"<Location /{name}-login>\nSetHandler form-login-handler\n{common}"
                 f"AuthFormLoginSuccessLocation /{name}/page.html\n</Location>\n")
    config = place.write("apache2.conf", text)
    place.start("apache", [shutil.which("apache2"), "-DFOREGROUND", "-f", config], answers_http(port))
    return port
