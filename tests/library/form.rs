//! `application/x-www-form-urlencoded`: any fields, and any bytes.

use cgi_session::cgi::Form;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

use crate::harness::encoded;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_was_encoded_is_read_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..5)) {
        let fields: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let form = Form::parse(encoded(&fields).as_bytes()).unwrap();
        for name in ["password", ""] {
            let expected: Vec<_> = fields.iter().filter(|(key, _)| *key == name).collect();
            match expected.as_slice() {
                [] => assert_eq!(form.get(name).unwrap(), None),
                [(_, value)] => assert_eq!(form.get(name).unwrap(), Some(*value)),
                _ => assert!(form.get(name).is_err()),
            }
        }
    }

    #[test]
    fn one_spelling_is_one_value(password in any::<String>()) {
        let form = Form::parse(encoded(&[("password", &password)]).as_bytes()).unwrap();
        assert_eq!(form.get("password").unwrap(), Some(password.as_str()));
    }

    #[test]
    fn no_bytes_make_it_panic_or_replace(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if Form::parse(&bytes).is_ok() {
            assert!(std::str::from_utf8(&bytes).is_ok());
        }
    }
}
