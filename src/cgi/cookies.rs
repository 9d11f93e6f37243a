//! The Cookie header (RFC 6265, 4.2).

/// The values of every cookie called `name`, in order. More than one is for the caller to judge: a
/// jar would silently keep one, and a neighbour domain can plant another.
///
/// Only blanks and tabs around a name are none of it, as in a browser (RFC 6265bis, 5.6): with
/// `str::trim`, U+2000 before `__Host-` would vanish here, and the browser would have let a neighbour
/// set that name. Apache joins two headers with a comma, which then is a part of a value.
pub fn named<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    header.split(';').filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (trimmed(key) == name).then(|| trimmed(value))
    })
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
