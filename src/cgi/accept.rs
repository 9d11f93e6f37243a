//! Content negotiation: which type and which language the client prefers (RFC 9110, 12.4.2 and 12.5).

/// Whether an `Accept` header prefers JSON to HTML. `*/*` means HTML. If both have the same quality, a type that is
/// named wins over a type that only a wildcard matches; if both are named, HTML wins.
#[must_use]
pub fn prefers_json(accept: &str) -> bool {
    let rank = |kind: &str, subtype: &str| {
        let rank_of = |range: &str| match range.split_once('/')? {
            ("*", "*") => Some(0),
            (of, _) if !of.eq_ignore_ascii_case(kind) => None,
            (_, "*") => Some(1),
            (_, sub) => sub.eq_ignore_ascii_case(subtype).then_some(2),
        };
        // The quality of a type is that of the most specific range that matches it.
        weighted(accept)
            .filter_map(|(range, quality)| Some((rank_of(range)?, quality)))
            .max()
            .map(|(specific, quality)| (quality, specific))
            .filter(|(quality, _)| *quality > 0)
    };
    rank("application", "json") > rank("text", "html")
}

/// The offer that an `Accept-Language` header prefers, or the first offer if the header names none of them. An offer is
/// a primary subtag: a browser that asks for `zh-Hant-TW` gets `zh`, which is better than a foreign language.
#[must_use]
pub fn preferred_language(offers: &[&'static str], header: &str) -> Option<&'static str> {
    let quality = |offer: &str| {
        let named = weighted(header).filter(|(range, _)| {
            let primary = range.split('-').next().unwrap_or_default();
            primary.eq_ignore_ascii_case(offer)
        });
        named.map(|(_, quality)| quality).max().unwrap_or(0)
    };
    let mut best = *offers.first()?;
    for offer in offers {
        if quality(offer) > quality(best) {
            best = offer;
        }
    }
    Some(best)
}

/// The members of a list with their qualities in thousandths. A malformed quality counts as 0.
fn weighted(header: &str) -> impl Iterator<Item = (&str, u16)> {
    header.split(',').map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let range = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        (range, quality.map_or(1000, thousandths))
    })
}

/// `qvalue` of RFC 9110, 12.4.2: `0` to `1` with at most three decimals.
fn thousandths(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "0" => format!("{decimals:0<3}").parse().unwrap_or(0),
        "1" if decimals.bytes().all(|b| b == b'0') => 1000,
        _ => 0,
    }
}
