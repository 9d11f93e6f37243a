"""What the tools find and what became of it: what is explained here is none, or is not ours."""

import re

# Tool, pattern of the finding, why it is none.
EXPLAINED = [
    ("wapiti", "^Clickjacking Protection: .* X-Frame-Options is not set",
     "every answer has frame-ancestors 'none' in its CSP, for which browsers ignore X-Frame-Options (CSP 2, 7.7.1)"),
    ("wapiti", "^LDAP Injection: GET /(login next|protected QUERY_STRING):",
     "there is no LDAP: the page carries `next` along, and its form is another each second, so that two answers differ"),
    ("redirect", "header, to this site$",
     "a Location that leads to our own login page, with what was sent as the value of its query"),
]


def reason(tool, finding):
    """Why it is none; `None` where nobody has looked at it yet."""
    return next((why for name, pattern, why in EXPLAINED if name == tool and re.search(pattern, finding)), None)
