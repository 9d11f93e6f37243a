//! Takes cookies out of a Cookie header that is passed on.

/// The header without the cookies that have one of `names`; the others stay byte for byte. `None` if none is left.
///
/// A comma also ends a cookie here: Apache joins two Cookie headers with one. `cookie_header::named` finds no cookie
/// behind a comma, but the program to which the header is passed on may.
#[must_use]
pub fn without(header: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(header.len());
    let (mut rest, mut separator, mut removed) = (Some(header), None, false);
    while let Some(from) = rest {
        let end = from.iter().position(|byte| matches!(byte, b';' | b','));
        let (cookie, after) = from.split_at(end.unwrap_or(from.len()));
        if has_one_of(names, cookie) {
            removed = true;
        } else if kept.is_empty() && removed {
            kept.extend_from_slice(cookie.trim_ascii_start());
        } else {
            kept.extend(separator);
            kept.extend_from_slice(cookie);
        }
        separator = after.first();
        rest = after.get(1..);
    }
    (!kept.is_empty()).then_some(kept)
}

fn has_one_of(names: &[&str], cookie: &[u8]) -> bool {
    let name = cookie.split(|byte| *byte == b'=').next();
    let name = name.unwrap_or_default().trim_ascii();
    names.iter().any(|one| one.as_bytes() == name)
}
