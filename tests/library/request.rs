//! What a server hands to a program, read by the library: the client's address, and any variables at all.

use cgi_session::cgi::{Form, Method, Request, Variables};
use ipnet::IpNet;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

// RFC 4291, 2.5.5.2: `::ffff:192.0.2.7` is 192.0.2.7. What stands left of the first stranger is his own word.
#[test]
fn the_clients_address_is_canonical_and_a_listed_proxys_word() {
    let trusted = ["10.0.0.0/8", "2001:db8:1::/48"].map(|net| net.parse().unwrap());
    let table = [
        ("192.0.2.7", "", "192.0.2.7"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("2001:DB8:0:0::0001", "", "2001:db8::1"),
        ("", "", "unknown"),
        ("localhost", "", "unknown"),
        ("192.0.2.7:80", "", "192.0.2.7"),
        ("fe80::1%eth0", "", "fe80::1"),
        ("10.1.2.3", "198.51.100.9:4711", "198.51.100.9"),
        ("10.1.2.3", "203.0.113.1, [2001:db8::1]:4711", "2001:db8::1"),
        ("10.1.2.3", "[2001:db8::1]", "2001:db8::1"),
        ("192.0.2.7", "198.51.100.9", "192.0.2.7"),
        ("10.1.2.3", "198.51.100.9", "198.51.100.9"),
        ("::ffff:10.1.2.3", "198.51.100.9", "198.51.100.9"),
        (
            "10.1.2.3",
            "203.0.113.1, 198.51.100.9, 10.9.9.9",
            "198.51.100.9",
        ),
        (
            "10.1.2.3",
            "203.0.113.1,::ffff:198.51.100.9",
            "198.51.100.9",
        ),
        ("10.1.2.3", "203.0.113.1, x, 10.9.9.9", "10.9.9.9"),
        ("10.1.2.3", "x", "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("2001:db8:1::5", "2001:db8::1", "2001:db8::1"),
    ];
    for (peer, hops, client) in table {
        let pairs = [
            ("REQUEST_METHOD", "GET"),
            ("SCRIPT_NAME", "/x"),
            ("REMOTE_ADDR", peer),
            ("HTTP_X_FORWARDED_FOR", hops),
            ("HTTP_FORWARDED", "for=203.0.113.1"),
            ("HTTP_X_REAL_IP", "203.0.113.1"),
        ];
        assert_eq!(
            address_of(
                &pairs.map(|(name, value)| (name, value.as_bytes())),
                &trusted
            ),
            client,
            "{peer} {hops}"
        );
    }
}

fn address_of(pairs: &[(&str, &[u8])], trusted: &[IpNet]) -> String {
    let variables: Variables = pairs.iter().copied().collect();
    Request::read(&variables, trusted).unwrap().remote_addr
}

/// Whoever guesses must not be able to pass for the proxy: it would be the one that is banned.
#[test]
fn no_client_passes_for_the_proxy() {
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    let proxy: [(&str, &[u8]); 3] = [
        ("REQUEST_METHOD", b"GET"),
        ("SCRIPT_NAME", b"/x"),
        ("REMOTE_ADDR", b"10.1.2.3"),
    ];
    let hops = |hops: &'static [u8]| ("HTTP_X_FORWARDED_FOR", hops);
    let seen =
        |hops: &[(&'static str, &'static [u8])]| address_of(&[&proxy, hops].concat(), &trusted);
    // What is no text stands left of what the proxy wrote.
    assert_eq!(seen(&[hops(b"\xff, 198.51.100.9")]), "198.51.100.9");
    assert_eq!(seen(&[hops(b"\xff")]), "10.1.2.3", "the proxy's own word");
    // lighttpd makes two of `X-Forwarded-For`, which the proxy sends, and `X_Forwarded_For`.
    assert_eq!(seen(&[hops(b"198.51.100.9"), hops(b"x")]), "unknown");
    assert_eq!(seen(&[hops(b"x"), hops(b"198.51.100.9")]), "unknown");
}

pub fn bytes() -> impl prop::strategy::Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn reading_a_request_never_panics(
        values in prop::collection::vec(bytes(), 10),
        length in prop::option::of("[-+0-9a-f ]{0,22}"),
    ) {
        let names = ["REQUEST_METHOD", "SCRIPT_NAME", "QUERY_STRING", "HTTP_COOKIE", "HTTP_HOST",
            "HTTP_ORIGIN", "HTTPS", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "CONTENT_TYPE"];
        let mut pairs: Vec<(&str, &[u8])> = names.into_iter()
            .zip(values.iter().map(Vec::as_slice)).collect();
        if let Some(length) = &length {
            pairs.push(("CONTENT_LENGTH", length.as_bytes()));
        }
        let variables: Variables = pairs.into_iter().collect();
        if let Ok(request) = Request::read(&variables, &["0.0.0.0/0".parse().unwrap()]) {
            let _ = Form::from_query(&request);
            // RFC 3875, 4.1.2: empty is no body; absent, it was chunked.
            let digits = length.as_deref().map(|text| if text.is_empty() { "0" } else { text });
            assert_eq!(request.content_length, digits.map(|text| text.parse().unwrap()));
            assert!(request.method == Method::Other || values[0].is_ascii());
        }
    }
}
