#!/usr/local/bin/cgi-session-guard /usr/bin/python3
# A shopping cart that keeps its items in an SQLite file of its own, under the key that the guard gives to each session.
# The folder of the file must belong to the web server's user.

import html
import os
import sqlite3
import sys
import time
import urllib.parse

key = os.environ["CGI_SESSION_KEY"]
user = os.environ["REMOTE_USER"]

store = sqlite3.connect("/var/lib/cart/cart.sqlite", timeout=5)
store.execute("CREATE TABLE IF NOT EXISTS items (session TEXT, item TEXT, added_at INTEGER)")

if os.environ["REQUEST_METHOD"] == "POST":
    body = sys.stdin.read(int(os.environ.get("CONTENT_LENGTH") or 0))
    item = urllib.parse.parse_qs(body).get("item", [""])[0][:100]
    with store:
        store.execute("INSERT INTO items VALUES (?, ?, ?)", (key, item, time.time()))
        # Nobody comes back with the key of a session that has ended: `remember` is 30 days.
        store.execute("DELETE FROM items WHERE added_at < ?", (time.time() - 30 * 86400,))
    print("Status: 303 See Other")
    print("Location:", os.environ["SCRIPT_NAME"])
    print()
    sys.exit()

items = store.execute("SELECT item FROM items WHERE session = ? ORDER BY rowid", (key,))
print("Content-Type: text/html; charset=utf-8")
print("Cache-Control: no-store")
print()
print(f"<!doctype html><title>Cart</title><h1>Cart of {html.escape(user)}</h1><ul>")
for (item,) in items:
    print(f"<li>{html.escape(item)}</li>")
print('</ul><form method="post"><input name="item"><button>Add</button></form>')
