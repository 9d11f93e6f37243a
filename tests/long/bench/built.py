"""Where every program is, as JSON: from cargo's messages on stdin, and what setup.sh compiled and unpacked."""

import json
import os
import sys

out, php_cgi, php_extensions = sys.argv[1:]
built = {"php-cgi": php_cgi, "php-extensions": php_extensions}
for line in sys.stdin:
    message = json.loads(line)
    if message.get("executable"):
        built[message["target"]["name"]] = message["executable"]
for folder in (out, "tests/long/bench/peers"):
    for name in os.listdir(folder):
        built[name] = os.path.abspath(os.path.join(folder, name))
json.dump(built, sys.stdout)
