//! The text of a session's data: a JSON object that each program reads as a type of its own.

use std::collections::BTreeMap;

use cgi_session::auth::session_data::{DATA_MAX, changed, parsed};
use cgi_session::error::{DataFault, Error};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cart {
    items: BTreeMap<String, u32>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Look {
    #[serde(alias = "colour")]
    theme: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Strict {
    count: u32,
}

type Any = BTreeMap<String, serde_json::Value>;

/// The fault, which is the only error there is.
#[track_caller]
fn fault<T>(result: Result<T, Error>) -> DataFault {
    match result {
        Err(Error::Data(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("no error"),
    }
}

/// The text after `change`.
#[track_caller]
fn after<T: DeserializeOwned + Default + Serialize>(
    stored: Option<&str>,
    mut change: impl FnMut(&mut T),
) -> String {
    changed(stored, &mut change).unwrap().1
}

#[test]
fn nothing_is_the_default_and_an_object_is_what_it_says() {
    assert_eq!(parsed::<Cart>(None).unwrap(), Cart::default());
    let cart: Cart = parsed(Some(r#"{ "items" : {"tea":2} , "x":[null] }"#)).unwrap();
    assert_eq!(cart.items["tea"], 2);
    let (result, text) = changed(None, &mut |cart: &mut Cart| {
        cart.items.insert("tea".into(), 1);
        cart.items.len()
    })
    .unwrap();
    assert_eq!((result, &*text), (1, r#"{"items":{"tea":1}}"#));
}

#[test]
fn another_shape_is_an_error_that_names_the_place_and_no_value() {
    for (stored, line, column) in [
        ("", 1, 0),
        ("[]", 1, 0),
        ("null", 1, 4),
        ("{}", 1, 2),
        ("{\"items\":\n{\"tea\":\"hunter2\"}}", 2, 16),
        (r#"{"items":{}}{}"#, 1, 13),
        (r#"{"items":{},"items":{}}"#, 1, 19),
    ] {
        let asked = [
            fault(parsed::<Cart>(Some(stored))),
            fault(changed(Some(stored), &mut |_: &mut Cart| ())),
        ];
        for found in asked {
            let DataFault::Shape(shape, at_line, at_column) = found else {
                panic!("{found:?}");
            };
            assert!(shape.ends_with("session_data::Cart"), "{shape}");
            assert_eq!((at_line, at_column), (line, column), "{stored}");
            let error = Error::from(found);
            assert_eq!(error.http_status(), 500);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
    // Where any object will do, it must still be one.
    for stored in ["[]", "7", "\"{}\"", "null"] {
        fault(parsed::<serde_json::Value>(Some(stored)));
    }
}

#[test]
fn what_becomes_no_object_is_never_saved() {
    let list = fault(changed(None, &mut |list: &mut Vec<u32>| list.push(1)));
    assert!(matches!(list, DataFault::NotAnObject(_)), "{list:?}");
    let count = fault(changed(Some("{}"), &mut |_: &mut Option<u32>| ()));
    assert!(matches!(count, DataFault::Shape(..)), "{count:?}");
    // An object that a change makes something else.
    let value = fault(changed(Some("{}"), &mut |value: &mut serde_json::Value| {
        *value = 7.into();
    }));
    assert!(matches!(value, DataFault::NotAnObject(_)), "{value:?}");
}

/// Several programs share a session's data, each with keys of its own.
#[test]
fn the_keys_of_other_programs_stay() {
    let both = r#"{"items":{"tea":1},"theme":"dark"}"#;
    let text = after(Some(both), |cart: &mut Cart| cart.items.clear());
    assert_eq!(text, r#"{"items":{},"theme":"dark"}"#);
    let text = after(Some(&text), |look: &mut Look| look.size = Some(3));
    assert_eq!(text, r#"{"items":{},"size":3,"theme":"dark"}"#);
    // What is written wins over what was there, even if it was not written before.
    let null = r#"{"size":null,"theme":""}"#;
    let text_of_null = after(Some(null), |look: &mut Look| look.size = Some(3));
    assert_eq!(text_of_null, r#"{"size":3,"theme":""}"#);
    // A key of one's own may go.
    let text = after(Some(&text), |look: &mut Look| look.size = None);
    assert_eq!(text, r#"{"items":{},"theme":"dark"}"#);
    let text = after(Some(&text), |any: &mut Any| {
        any.remove("theme");
    });
    assert_eq!(text, r#"{"items":{}}"#, "a map has every key");
}

/// The old name of a key is not kept beside the new one: nobody could read the two.
#[test]
fn a_key_that_was_renamed_is_written_by_its_new_name() {
    let text = after(
        Some(r#"{"colour":"dark","items":{}}"#),
        |look: &mut Look| {
            look.size = Some(1);
        },
    );
    assert_eq!(text, r#"{"items":{},"size":1,"theme":"dark"}"#);
    assert_eq!(parsed::<Look>(Some(&text)).unwrap().theme, "dark");
}

#[test]
fn data_ends_at_64_kib() {
    let fill = |bytes: usize| {
        move |look: &mut Look| {
            let rest = r#"{"theme":""}"#.len();
            look.theme = "x".repeat(bytes - rest);
        }
    };
    assert_eq!(DATA_MAX, 65_536);
    assert_eq!(after(None, fill(DATA_MAX)).len(), DATA_MAX);
    let over = fault(changed(None, &mut fill(DATA_MAX + 1)));
    assert_eq!(over, DataFault::TooLarge(DATA_MAX + 1, DATA_MAX));
    assert_eq!(Error::from(over).http_status(), 413);
    // Bytes of JSON, not characters; and what others keep counts, too.
    let wide = |look: &mut Look| look.theme = "電".repeat(DATA_MAX / 3);
    assert!(matches!(
        fault(changed(None, &mut { wide })),
        DataFault::TooLarge(..)
    ));
    let others = format!(r#"{{"count":1,"theme":"{}"}}"#, "x".repeat(DATA_MAX - 24));
    let more = |strict: &mut Strict| strict.count = 1_000_000_000;
    assert!(matches!(
        fault(changed(Some(&others), &mut { more })),
        DataFault::TooLarge(..)
    ));
    // What is there already can be read, and made smaller.
    let large = format!(r#"{{"theme":"{}"}}"#, "x".repeat(2 * DATA_MAX));
    assert_eq!(
        parsed::<Look>(Some(&large)).unwrap().theme.len(),
        2 * DATA_MAX
    );
    let text = after(Some(&large), |look: &mut Look| look.theme.clear());
    assert_eq!(text, r#"{"theme":""}"#);
}
