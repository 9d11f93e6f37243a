//! One contract for every store: a backend has no tests of its own.
//!
//! Add a rule here when a bug is found in one backend: the others get it for free.

mod attempts;
mod groups;
mod life;
mod lists;
mod races;
mod schema;
mod session_data;
mod sign_ins;
mod steps;
mod upgrade;
mod users;
mod values;

use std::panic::{self, AssertUnwindSafe};

use crate::harness::TestStore;
#[cfg(feature = "mysql")]
use crate::harness::database::{DatabaseServer, mariadb::Mariadb, mysql::Mysql};

type Holds = fn(&TestStore);

/// Each on a database of its own, with tables unless the rule is about those.
const RULES: &[(&str, Holds)] = &[
    ("a fresh session is found", life::fresh_session_is_found),
    ("a clash is an error", life::clash_is_an_error),
    ("a touch never revives", life::touch_never_revives),
    ("a touch never goes back", life::touch_never_goes_back),
    ("ending twice is harmless", life::ending_twice_is_harmless),
    ("the replaced session ends", life::replaced_session_ends),
    ("the oldest sessions end", life::oldest_sessions_end),
    (
        "a lowered limit ends a crowd in steps",
        life::a_lowered_limit_ends_a_crowd_in_steps,
    ),
    (
        "another spelling finds nothing",
        life::another_spelling_finds_nothing,
    ),
    ("visitors are not seen", life::visitors_are_not_seen),
    ("any user agent is kept", life::any_user_agent_is_kept),
    ("an IPv6 address is kept", life::ipv6_address_is_kept),
    ("old sessions are deleted", life::old_sessions_are_deleted),
    (
        "some old sessions are deleted",
        life::some_old_sessions_are_deleted,
    ),
    (
        "a session ends by its column",
        life::a_session_ends_by_its_column,
    ),
    ("sessions end by user", life::sessions_end_by_user),
    ("disabling ends sessions", users::disabling_ends_sessions),
    ("deleting ends sessions", users::deleting_ends_sessions),
    (
        "a new password ends sessions",
        users::new_password_ends_sessions,
    ),
    ("a rehash ends none", users::rehash_ends_none),
    (
        "names are equal by their bytes",
        users::names_are_equal_by_their_bytes,
    ),
    ("nobody is an answer", users::nobody_is_an_answer),
    ("users are listed", users::users_are_listed),
    (
        "groups are those that were added",
        groups::are_those_that_were_added,
    ),
    (
        "a row that is no name counts for nothing",
        groups::a_row_that_is_no_name_counts_for_nothing,
    ),
    ("groups are bounded", groups::are_bounded),
    ("long lists come in parts", lists::long_lists_come_in_parts),
    (
        "sessions of one user are listed",
        lists::sessions_of_one_user_are_listed,
    ),
    (
        "sessions are found by their first digits",
        lists::sessions_are_found_by_their_first_digits,
    ),
    (
        "a row that makes no sense is listed",
        lists::a_row_that_makes_no_sense_is_listed,
    ),
    ("blocks are told", lists::blocks_are_told),
    ("a prune goes in steps", lists::a_prune_goes_in_steps),
    (
        "migrating twice is harmless",
        schema::migrating_twice_is_harmless,
    ),
    (
        "a cut migration is finished",
        schema::cut_migration_is_finished,
    ),
    ("missing tables are named", schema::missing_tables_are_named),
    ("another version is named", schema::another_version_is_named),
    (
        "newer tables may be served",
        upgrade::newer_tables_may_be_served,
    ),
    (
        "an upgrade keeps every row",
        upgrade::an_upgrade_keeps_every_row,
    ),
    (
        "a cut upgrade is finished",
        upgrade::a_cut_upgrade_is_finished,
    ),
    (
        "an upgrade gives no old id",
        upgrade::an_upgrade_gives_no_old_id,
    ),
    (
        "an id is never given twice",
        upgrade::an_id_is_never_given_twice,
    ),
    (
        "an id that comes back has no session",
        upgrade::an_id_that_comes_back_has_no_session,
    ),
    (
        "a session of another epoch is none",
        upgrade::a_session_of_another_epoch_is_none,
    ),
    (
        "somebody else's table stays as it is",
        upgrade::somebody_elses_table_stays_as_it_is,
    ),
    (
        "sign-in against new password",
        races::sign_in_against_new_password,
    ),
    (
        "sign-in against disabling",
        races::sign_in_against_disabling,
    ),
    ("sign-in against deleting", races::sign_in_against_deleting),
    (
        "sign-ins against their limit",
        races::sign_ins_against_their_limit,
    ),
    ("one token, two sign-ins", races::one_token_two_sign_ins),
    ("sign-out against touch", races::sign_out_against_touch),
    ("sign-out against sign-in", races::sign_out_against_sign_in),
    (
        "tries are counted up to the rule",
        attempts::tries_are_counted_up_to_the_rule,
    ),
    (
        "tries at once are counted one by one",
        attempts::tries_at_once_are_counted_one_by_one,
    ),
    (
        "what a sign-in settles is written with it",
        attempts::what_a_sign_in_settles_is_written_with_it,
    ),
    (
        "the table is bounded and forgets nobody too early",
        attempts::the_table_is_bounded_and_forgets_nobody_too_early,
    ),
    (
        "the table does not grow by what goes",
        attempts::the_table_does_not_grow_by_what_goes,
    ),
    (
        "what is never forgotten goes after a month",
        attempts::what_is_never_forgotten_goes_after_a_month,
    ),
    (
        "a row with many failures and no block goes when they are forgotten",
        attempts::a_row_with_many_failures_and_no_block_goes_when_they_are_forgotten,
    ),
    (
        "sign-ins are counted up to the most and anew after ten minutes",
        sign_ins::are_counted_up_to_the_most_and_anew_after_ten_minutes,
    ),
    (
        "sign-ins make room after ten minutes",
        sign_ins::make_room_after_ten_minutes,
    ),
    (
        "sign-ins at once are counted one by one",
        sign_ins::at_once_are_counted_one_by_one,
    ),
    (
        "data is written over what was read",
        session_data::data_is_written_over_what_was_read,
    ),
    (
        "a visitor's row lives by what is saved",
        session_data::a_visitors_row_lives_by_what_is_saved,
    ),
    (
        "a visitor's row signs nobody in",
        session_data::a_visitors_row_signs_nobody_in,
    ),
    (
        "data of no session is not read",
        session_data::data_of_no_session_is_not_read,
    ),
    ("any data is kept", session_data::any_data_is_kept),
    ("visitors are few", session_data::visitors_are_few),
    (
        "visitors at once are counted one by one",
        session_data::visitors_at_once_are_counted_one_by_one,
    ),
    (
        "a sign-in takes data along",
        session_data::a_sign_in_takes_data_along,
    ),
    (
        "a sign-in takes nobody else's data",
        session_data::a_sign_in_takes_nobody_elses_data,
    ),
    (
        "sign-in against a write",
        session_data::sign_in_against_a_write,
    ),
    (
        "what is cut short has ended the sessions",
        steps::what_is_cut_short_has_ended_the_sessions,
    ),
    (
        "who signs in meanwhile stays signed in",
        steps::who_signs_in_meanwhile_stays_signed_in,
    ),
    (
        "the administration waits for a slow server",
        steps::the_administration_waits_for_a_slow_server,
    ),
    (
        "an upgrade gives way to a long reader",
        steps::an_upgrade_gives_way_to_a_long_reader,
    ),
    (
        "tables that cannot be served say why",
        upgrade::tables_that_cannot_be_served_say_why,
    ),
];

fn keeps_the_contract(fresh: impl Fn() -> TestStore) {
    let broken = RULES.iter().filter(|(rule, holds)| {
        eprintln!("{rule}");
        panic::catch_unwind(AssertUnwindSafe(|| holds(&fresh()))).is_err()
    });
    let broken: Vec<_> = broken.map(|(rule, _)| rule).collect();
    assert!(broken.is_empty(), "broken: {broken:#?}");
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite() {
    keeps_the_contract(TestStore::sqlite);
}

#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_over_its_socket() {
    keeps_the_contract(|| TestStore::over_socket(&Mariadb::shared().database()));
}

#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_over_tcp() {
    keeps_the_contract(|| TestStore::over_tcp(&Mariadb::shared().database()));
}

/// One challenge of 256 ends in zero, and the driver cuts that off.
#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn an_ed25519_account_is_let_in() {
    let database = Mariadb::shared().ed25519_database();
    let url = cgi_session::config::StoreUrl::parse(&database.url()).unwrap();
    let refused = (0..1500).filter(|_| cgi_session::store::open(&url).is_err());
    // Six, if it were tried once; twice in a row is one of 65,536.
    let refused = refused.count();
    assert!(refused <= 1, "{refused} of 1500");
}

/// The default of MariaDB 11.6 and later: what another transaction changed is an error (1020), not a
/// row as it was.
#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_with_snapshot_isolation() {
    let mariadb = Mariadb::start(&["--innodb-snapshot-isolation=ON"]);
    keeps_the_contract(|| TestStore::over_socket(&mariadb.database()));
}

#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs MySQL 9: tests/run --mysql builds and runs it"]
fn mysql9_over_its_socket() {
    keeps_the_contract(|| TestStore::over_socket(&Mysql::shared().database()));
}

#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs MySQL 9: tests/run --mysql builds and runs it"]
fn mysql9_over_tcp() {
    keeps_the_contract(|| TestStore::over_tcp(&Mysql::shared().database()));
}
