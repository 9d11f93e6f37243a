//! What the fields of the events mean, for `cgi-session help events`.

/// The meaning of each field, the same in every event.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "added",
        "groups that the user was added to, with blanks between them",
    ),
    (
        "client",
        "the client's address; behind a trusted proxy, the address that the proxy reports",
    ),
    ("count", "the number of sessions"),
    (
        "id",
        "the id that the client was shown, to find this line by",
    ),
    ("removed", "groups that the user was removed from"),
    ("rule", "the path of the rule in the configuration"),
    ("seconds", "how long the next attempt has to wait"),
    (
        "session",
        "the first 8 digits of the session column, as `session list` shows them",
    ),
    ("status", "the HTTP status that the client got"),
    (
        "uid",
        "the Unix user id of the administrator; under sudo, of the user who ran sudo",
    ),
    (
        "user",
        "the login name; empty if there is no such user, because the name that was typed may be a password",
    ),
    (
        "whose",
        "which limit was reached: that of the `account`, of the `client`, of the known `device`, or of the client's \
         `site` (an IPv6 /56) or `network` (an IPv6 /48, an IPv4 /24)",
    ),
    ("why", "what was wrong, where, and what to do"),
];
