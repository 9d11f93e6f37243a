//! The Cookie header (RFC 6265, 4.2).

use cookie::Cookie;

/// The values of every cookie called `name`, in order. More than one is for the caller to judge: a
/// jar would silently keep one, and a neighbour domain can plant another.
///
/// Apache joins two headers with a comma, which then is a part of a value.
pub fn named<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    Cookie::split_parse(header)
        .filter_map(Result::ok)
        .filter(move |cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}
