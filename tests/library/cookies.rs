//! The session cookie in any header.

use cgi_session::auth::session_cookie::{Presented, presented};
use proptest::prelude::{ProptestConfig, any, proptest};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_header_makes_it_panic_and_a_token_is_exact(header in any::<String>(), https in any::<bool>()) {
        if let Presented::Token(token) = presented(&header, https) {
            assert!(header.contains(token.secret()));
        }
        let token = "0123456789abcdef0123456789abcdef01234567";
        let name = if https { "__Host-session" } else { "cgi-session" };
        let tail = header.replace(';', "");
        if let Presented::Token(found) = presented(&format!("{name}={token}{tail}"), https) {
            assert_eq!(found.secret(), token);
            assert!(tail.bytes().all(|b| matches!(b, b' ' | b'\t')), "{tail:?}");
        }
    }
}
