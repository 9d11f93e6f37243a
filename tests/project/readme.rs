//! Everything in the README and in `cgi-session help TOPIC` that can be copied is run by a test.

use std::fs;
use std::path::Path;

use crate::harness::readme::{blocks, help};

/// Runs the pages of one's own.
const OWN_CRATE: &str = "system::own_crate::a_page_of_another_crate_signs_in_through_lighttpd";

/// Runs a script behind the guard as the README has it.
const A_SCRIPT: &str = "system::guard::snippets::the_readme_guards_a_script";

/// The same as `help protect` has it.
const HELP_A_SCRIPT: &str = "system::guard::snippets::help_protect_guards_a_script";

/// Looks that the carts, which other tests run, have the lines for PHP and for Perl.
const CARTS: &str = "system::guard::snippets::the_carts_keep_their_data_as_help_says";

/// Section, language, and the tests that run the blocks of it, in order.
const README: &[(&str, &str, &[&str])] = &[
    (
        "Try it",
        "console",
        &["system::try_it::leads_to_a_login_page"],
    ),
    ("Try it", "sh", &["system::try_it::leads_to_a_login_page"]),
    (
        "Put it behind your server",
        "console",
        &[
            "system::deployment::deploys_on_sqlite",
            "system::deployment::deploys_on_sqlite",
            "system::deployment::deploys_on_sqlite",
        ],
    ),
    (
        "Put it behind your server",
        "apache",
        &["system::deployment::deploys_on_sqlite"],
    ),
    ("Protect your own page", "rust", &[OWN_CRATE]),
    ("Keep data", "rust", &[OWN_CRATE]),
    ("Guard a script", "python", &[A_SCRIPT]),
    (
        "Protect a folder",
        "apache",
        &["system::files::help::a_folder_is_guarded_as_the_readme_says"],
    ),
    ("Guard a script", "python", &[A_SCRIPT]),
    (
        "Run it",
        "console",
        &["system::deployment::deploys_on_sqlite"],
    ),
];

/// Topic, and the tests that run its snippets, in order.
const HELP: &[(&str, &[&str])] = &[
    (
        "apache",
        &[
            "system::deployment::deploys_as_help_apache_says",
            "system::deployment::deploys_as_help_apache_says",
            "harness::self_test::apache_runs_programs_as_help_says",
        ],
    ),
    (
        "backup",
        &[
            "system::backup::sqlite_is_copied_and_put_back_while_people_sign_in",
            "system::backup::sqlite_is_copied_and_put_back_while_people_sign_in",
            "system::backup::mariadb_is_copied_and_put_back_while_people_sign_in",
            "system::backup::mariadb_is_copied_and_put_back_while_people_sign_in",
        ],
    ),
    (
        "cluster",
        &["system::deployment::a_store_names_several_hosts_as_help_cluster_says"],
    ),
    (
        "fail2ban",
        &[
            "system::fail2ban::the_filter_and_its_jail_are_installed_as_its_comment_says",
            "system::fail2ban::the_filter_and_its_jail_are_installed_as_its_comment_says",
            "system::fail2ban::the_filter_and_its_jail_are_installed_as_its_comment_says",
            "system::fail2ban::the_filter_and_its_jail_are_installed_as_its_comment_says",
        ],
    ),
    (
        "hosting",
        &[
            "system::deployment::works_without_root_as_help_hosting_says",
            "system::deployment::works_without_root_as_help_hosting_says",
        ],
    ),
    (
        "lighttpd",
        &[
            "system::deployment::deploys_behind_lighttpd",
            "system::deployment::deploys_behind_lighttpd",
            "system::deployment::deploys_behind_lighttpd",
            "system::deployment::deploys_behind_lighttpd",
            "harness::self_test::lighttpd_runs_programs_as_help_says",
        ],
    ),
    (
        "mysql",
        &[
            "system::deployment::deploys_behind_apache",
            "system::deployment::deploys_behind_apache",
        ],
    ),
    (
        "protect",
        &[
            OWN_CRATE,
            OWN_CRATE,
            OWN_CRATE,
            "system::files::help::a_folder_of_the_web_root_is_guarded_as_help_says",
            "system::files::help::a_folder_of_the_web_root_is_guarded_as_help_says",
            "system::files::help::a_folder_of_the_web_root_is_guarded_as_help_says",
            "system::files::help::a_folder_of_the_web_root_is_guarded_as_help_says",
            "system::files::help::a_folder_outside_of_the_web_root_is_guarded_as_help_says",
            "system::files::x_sendfile::lighttpd_sends_the_file_as_help_says",
            HELP_A_SCRIPT,
            HELP_A_SCRIPT,
            HELP_A_SCRIPT,
            HELP_A_SCRIPT,
            CARTS,
            CARTS,
            "system::guard_check::the_commands_of_help_protect_do_what_it_says",
            "system::guard_check::the_commands_of_help_protect_do_what_it_says",
            "system::guard_check::the_commands_of_help_protect_do_what_it_says",
            "system::guard_check::the_commands_of_help_protect_do_what_it_says",
        ],
    ),
    ("threats", &[]),
];

/// The snippet of `help events`, which is made from the table of events.
const EVENTS: &str = "project::readme::help_events_finds_the_sign_ins_that_failed";

#[test]
fn every_block_of_the_readme_is_run_by_a_test() {
    for block in blocks() {
        let is_run = README
            .iter()
            .any(|(heading, language, _)| *heading == block.heading && *language == block.language);
        assert!(
            is_run,
            "no test runs the {:?} of {:?}:\n{}",
            block.language, block.heading, block.text
        );
    }
    for (heading, language, tests) in README {
        let of_it = |block: &&crate::harness::readme::Block| {
            block.heading == *heading && block.language == *language
        };
        let (blocks, is_run) = (blocks().iter().filter(of_it).count(), *language != "text");
        assert!(
            !is_run || blocks == tests.len(),
            "{blocks} blocks of {language} in {heading:?}"
        );
    }
}

#[test]
fn every_snippet_of_help_is_run_by_a_test() {
    for (topic, tests) in HELP {
        let snippets = help(topic);
        assert_eq!(snippets.len(), tests.len(), "{topic}: {snippets:#?}");
    }
}

/// No topic is forgotten above; `config` is the configuration that `init` writes.
#[cfg(feature = "tools")]
#[test]
fn every_topic_that_help_lists_has_its_tests() {
    let help = printed(&["help"]);
    let (_, topics) = help.split_once("More help:\n").unwrap();
    let topics = topics.lines().take_while(|line| !line.is_empty());
    let topics = topics.map(|line| line.split_whitespace().nth(1).unwrap());
    let mut listed: Vec<&str> = topics.collect();
    listed.retain(|topic| !["config", "events"].contains(topic));
    let tested: Vec<&str> = HELP.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(listed, tested);
}

#[cfg(feature = "tools")]
fn printed(arguments: &[&str]) -> String {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_cgi-session"));
    let output = program.args(arguments).env_clear().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(feature = "tools")]
#[test]
fn help_events_finds_the_sign_ins_that_failed() {
    use cgi_session::log::{Event, Log, Sink};
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("log");
    let log = Log::new("login", Sink::File(file.clone()));
    let client = "192.0.2.7";
    let user = "alice";
    log.event(&Event::SignInFailed { user, client });
    log.event(&Event::UserAdded { user, uid: "0" });
    let snippets = crate::harness::readme::indented(&printed(&["help", "events"]));
    let [grep] = &snippets[..] else {
        panic!("{snippets:#?}");
    };
    let command = crate::harness::readme::substitute(grep, &[("LOGFILE", file.to_str().unwrap())]);

    let found = std::process::Command::new("sh")
        .args(["-euc", &command])
        .output()
        .unwrap();

    let found = String::from_utf8(found.stdout).unwrap();
    assert!(
        found.contains(client) && found.lines().count() == 1,
        "{found}"
    );
}

#[test]
fn every_named_test_is_there() {
    let of_the_readme = README.iter().flat_map(|(_, _, tests)| *tests);
    let of_help = HELP.iter().flat_map(|(_, tests)| *tests);
    for name in of_the_readme.chain(of_help).chain([&EVENTS]) {
        assert!(is_a_test(name), "there is no test {name}");
    }
}

/// Whether `FOLDER::FILE::FUNCTION` is a test in a file that `tests/FOLDER/mod.rs` names.
fn is_a_test(name: &str) -> bool {
    let (path, function) = name.rsplit_once("::").unwrap();
    let (folder, file) = path.rsplit_once("::").unwrap();
    let tests = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"));
    let folder = tests.join(folder.replace("::", "/"));
    let main = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let Ok(source) = fs::read_to_string(folder.join(file).with_extension("rs")) else {
        return false;
    };
    let lines: Vec<&str> = source.lines().collect();
    let head = format!("fn {function}() {{");
    let at = lines.iter().position(|line| *line == head);
    let above = at.map_or(&[][..], |at| &lines[..at]);
    let mut attributes = above.iter().rev().take_while(|line| line.starts_with("#["));
    main.lines().any(|line| line == format!("mod {file};"))
        && attributes.any(|line| *line == "#[test]")
}
