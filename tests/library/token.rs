//! The secret in the cookie: how it is made, read and hidden.

use std::collections::HashSet;

use cgi_session::model::{DIGEST_LEN, Digest, RANDOM_LEN, TOKEN_LEN, Token};
use proptest::prelude::{ProptestConfig, any, proptest};

// `head -c 32 /dev/zero | sha1sum`, then `printf TOKEN | sha256sum` (coreutils 9.7).
const TOKEN_OF_ZEROS: &str = "de8a847bff8c343d69b853a215e6ee775ef2ef96";
const DIGEST_OF_THAT: &str = "64a6b124ff4673549a8cfe30461275e6344c41b963acb20d2e9285f4078a9af4";

#[test]
fn a_token_is_the_sha_1_of_32_random_bytes_and_the_column_the_sha_256_of_it() {
    let token = Token::from_random(&[0; RANDOM_LEN]);
    assert_eq!(token.secret(), TOKEN_OF_ZEROS);
    let digest = Digest::from_token(&token);
    assert_eq!(
        (digest.as_str(), digest.short()),
        (DIGEST_OF_THAT, &DIGEST_OF_THAT[..8])
    );
    // Every byte counts.
    let tokens: HashSet<_> = (0..RANDOM_LEN)
        .map(|place| {
            let mut random = [0; RANDOM_LEN];
            random[place] = 1;
            Token::from_random(&random).secret().to_owned()
        })
        .collect();
    assert_eq!(tokens.len(), RANDOM_LEN);
}

#[test]
fn debug_shows_no_token() {
    let token = Token::from_random(&[0; RANDOM_LEN]);
    assert_eq!(
        format!("{token:?} {:#?}", Some(&token)),
        "Token(..) Some(\n    Token(..),\n)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    /// A digest stands in SQL as a literal: it can be nothing but 64 hex digits, nor a token but 40.
    #[test]
    fn only_lower_case_hex_of_the_right_length_is_parsed(text in "[0-9a-fA-F'x ;%\u{660}]{38,66}", other in any::<String>()) {
        let hex = |text: &str| text.bytes().all(|b| b"0123456789abcdef".contains(&b));
        for text in [text.as_str(), &other] {
            assert_eq!(Token::parse(text).is_some(), hex(text) && text.len() == TOKEN_LEN);
            assert_eq!(Digest::parse(text).is_some(), hex(text) && text.len() == DIGEST_LEN);
        }
        for (length, parsed) in [(39, false), (40, true), (41, false), (63, false), (64, false)] {
            assert_eq!(Token::parse(&"a".repeat(length)).is_some(), parsed, "{length}");
        }
        assert!(Digest::parse(&"a".repeat(64)).is_some() && Digest::parse(&"A".repeat(64)).is_none());
    }
}
