//! Everything in the README that can be copied is run by a test.

use crate::server::readme::blocks;

/// Section, language, and the test that runs the blocks of it.
const RUN: &[(&str, &str, &str)] = &[
    ("Try it", "console", "try_it::leads_to_a_login_page"),
    ("Try it", "sh", "try_it::leads_to_a_login_page"),
    (
        "Deploy on MySQL behind Apache",
        "console",
        "deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind Apache",
        "sql",
        "deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind Apache",
        "apache",
        "deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind lighttpd",
        "lighttpd",
        "deployment::deploys_behind_lighttpd",
    ),
    (
        "Deploy on MySQL behind lighttpd",
        "console",
        "deployment::deploys_behind_lighttpd",
    ),
];

#[test]
fn every_block_is_run_by_a_test() {
    for block in blocks() {
        let is_run = RUN
            .iter()
            .any(|(heading, language, _)| *heading == block.heading && *language == block.language);
        // "text" is shown, not copied.
        assert!(
            is_run || block.language == "text",
            "no test runs the {:?} of {:?}:\n{}",
            block.language,
            block.heading,
            block.text
        );
    }
}
