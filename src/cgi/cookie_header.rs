//! The Cookie header (RFC 6265, 4.2).

/// The values of every cookie called `name`, in order. If there are several, the caller decides what that means: a
/// neighbour domain can plant a second one, and a cookie jar would silently drop one of them.
///
/// Only blanks and tabs around a name are trimmed, as in a browser (RFC 6265bis, 5.6). `str::trim` would also remove
/// U+2000, and a browser lets a neighbour domain set a cookie named U+2000 and `__Host-`. Apache joins two Cookie
/// headers with a comma, which then is part of a value.
pub fn named<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    header.split(';').filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (trimmed(key) == name).then(|| trimmed(value))
    })
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
