#!/usr/bin/python3
"""The check in Python with mysqlclient: test_login() of the script that all this grew from, with its two
cookies, and with a digest, limits and parameters where that had plain text and SQL built from strings."""

import hashlib
import html
import os
import re
import time
from http.cookies import CookieError, SimpleCookie

import MySQLdb

IDLE = 1860


def test_login():
    """The user's name, or None."""
    try:
        cookies = SimpleCookie(os.environ.get("HTTP_COOKIE", ""))
        userid, session = cookies["userid"].value, cookies["session"].value
    except (CookieError, KeyError):
        return None
    if not re.fullmatch("[0-9]{1,18}", userid) or not re.fullmatch("[0-9a-f]{40}", session):
        return None
    now = int(time.time())
    server = MySQLdb.connect(unix_socket=os.environ["BENCH_SOCKET"], user="bench", passwd="bench", db="site")
    cursor = server.cursor()
    cursor.execute(
        "SELECT u.login_name FROM sessions AS s JOIN users AS u ON u.id = s.user_id"
        " WHERE u.id = %s AND s.session = %s AND u.disabled_at IS NULL AND s.expires_at > %s AND s.seen_at > %s",
        (int(userid), hashlib.sha256(session.encode()).hexdigest(), now, now - IDLE),
    )
    row = cursor.fetchone()
    server.close()
    return row and row[0]


user = test_login()
if user is None:
    print("Status: 401 Unauthorized")
print("Content-Type: text/html; charset=utf-8\nCache-Control: no-store\n")
if user is None:
    print("<!doctype html><title>Sign in</title><p>Not signed in.")
else:
    print(f"<!doctype html><title>Protected</title><p>Signed in as {html.escape(user)}.")
