//! The library's face: a site's own pages may rely on these names, and on no others.

use std::collections::BTreeSet;

const PUBLIC: [&str; 8] = [
    "Error", "Form", "Html", "Page", "Response", "Session", "Visit", "run",
];

#[test]
fn few_names_are_public_and_every_module_is_hidden() {
    let lines: Vec<&str> = include_str!("../../src/lib.rs").lines().collect();
    let mut names = BTreeSet::new();
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("pub mod ") {
            assert_eq!(lines[at - 1], "#[doc(hidden)]", "{line}");
        } else if let Some(path) = line.strip_prefix("pub use ") {
            if lines[at - 1] == "#[doc(hidden)]" {
                continue;
            }
            let (_, of_it) = path.trim_end_matches(';').rsplit_once("::").unwrap();
            let of_it = of_it.trim_matches(['{', '}']).split(',');
            names.extend(of_it.map(str::trim));
        } else {
            assert!(!line.starts_with("pub "), "{line}");
        }
    }
    assert_eq!(names, BTreeSet::from(PUBLIC));
}
