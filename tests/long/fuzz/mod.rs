//! The inputs that fuzzing found: the corpus of each target against its property.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

mod properties;

type Property = fn(&[u8]);

const TARGETS: &[(&str, Property)] = &[
    ("accept", properties::accept),
    ("configuration", properties::configuration),
    ("cookie", properties::cookie),
    ("form", properties::form),
    ("greeting", properties::greeting),
    ("next", properties::next),
    ("paths", properties::paths),
    ("proxies", properties::proxies),
    ("request", properties::request),
    ("rules", properties::rules),
    ("session_data", properties::session_data),
    ("store_url", properties::store_url),
];

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/long/fuzz"))
}

#[test]
fn the_corpus_holds() {
    for (name, property) in TARGETS {
        let mut tried = 0;
        for file in fs::read_dir(tests().join("corpus").join(name)).unwrap() {
            let path = file.unwrap().path();
            let input = fs::read(&path).unwrap();
            let held = catch_unwind(AssertUnwindSafe(|| property(&input)));
            assert!(held.is_ok(), "{}", path.display());
            tried += 1;
        }
        eprintln!("{name}: {tried}");
        assert!(tried > 3, "{name}: hardly any corpus");
    }
}

/// Only libFuzzer would try a target that is missing from the list above.
#[test]
fn every_target_is_tried() {
    let mut targets: Vec<String> = fs::read_dir(tests().join("targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_owned())
        .map(|name| name.into_string().unwrap())
        .collect();
    targets.sort();
    let expected: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(targets, expected);
}
