//! Tables of another version, and rows that make no sense, on both stores.

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};

/// A rule takes a site and a way to change its rows.
type Holds = fn(&Site, &dyn Fn(&str));

fn on_sqlite(holds: Holds) {
    let site = Site::with_many_tries();
    holds(&site, &|sql| site.execute(sql));
}

fn on_mariadb(holds: Holds) {
    let database: Database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    holds(&site, &|sql| drop(database.sql(sql)));
}

fn another_version_is_a_fault(site: &Site, sql: &dyn Fn(&str)) {
    let token = site.token();
    for (version, cure) in [
        ("version - 1", "run `cgi-session init`"),
        ("version + 2", "install newer programs"),
    ] {
        sql(&format!(
            "UPDATE schema_version SET version = {version}, oldest_program = {version}"
        ));
        for run in site.is_unavailable(&token) {
            assert!(run.log.contains(cure), "{run:?}");
        }
    }
    sql("UPDATE schema_version SET version = version - 1, oldest_program = version - 1");
    assert!(site.has(&token) && site.sessions() == 1);
    site.works(&token);
    let token = site.token();
    sql("DELETE FROM schema_version");
    site.is_unavailable(&token);
    for table in [
        "memberships",
        "attempts",
        "sessions",
        "users",
        "schema_version",
    ] {
        sql(&format!("DROP TABLE {table}"));
    }
    for run in site.is_unavailable(&token) {
        assert!(run.log.contains("run `cgi-session init`"), "{run:?}");
    }
}

/// An impossible row signs nobody in, not even its owner.
fn a_senseless_session_is_signed_out(site: &Site, sql: &dyn Fn(&str)) {
    let biggest = i64::MAX;
    for change in [
        &format!("expires_at = {}", i64::MIN),
        "expires_at = -1",
        "expires_at = 0",
        "seen_at = 0",
        &format!("seen_at = {}", i64::MIN),
        &format!("seen_at = {biggest}"),
        &format!("created_at = {biggest}"),
        &format!("created_at = {biggest}, seen_at = {biggest}, expires_at = {biggest}"),
        "user_id = NULL",
    ] {
        let token = site.token();
        sql(&format!("UPDATE sessions SET {change}"));

        let check = Run::of(&site.protected(&token));
        let sign_out = Run::of(&site.logout(&token));

        assert_eq!(check.status(), 401, "{change}: {check:?}");
        assert_eq!(sign_out.status(), 303, "{change}: {sign_out:?}");
        sql("DELETE FROM sessions");
    }
    // No limit of time is wrong about the far future of one column.
    let token = site.token();
    sql(&format!(
        "UPDATE sessions SET expires_at = {biggest}, remember = 1"
    ));
    Run::of(&site.protected(&token)).is(200);
}

fn a_senseless_hash_is_a_wrong_password(site: &Site, sql: &dyn Fn(&str)) {
    for hash in [
        "",
        "*",
        "copper otter lantern 42",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$$",
        "$argon2id$v=19$m=4194304,t=1,p=1$Y2dpLXNlc3Npb24gbm9ib2R5$bm9ib2R5J3MgcGFzc3dvcmQgaXMgbm90aGluZyBhdCA",
        "$argon2id$v=19$m=8,t=4294967295,p=1$Y2dpLXNlc3Npb24gbm9ib2R5$bm9ib2R5J3MgcGFzc3dvcmQgaXMgbm90aGluZyBhdCA",
        "$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
    ] {
        sql(&format!("UPDATE users SET password = '{hash}'"));

        let run = Run::of(&site.login());

        assert_eq!(run.status(), 401, "{hash}: {run:?}");
        run.logs(&["event=sign_in_failed"]);
        run.took_from_to(0, 1500);
    }
    assert_eq!(site.sessions(), 0);
}

#[test]
fn sqlite_tables_of_another_version_are_a_fault() {
    on_sqlite(another_version_is_a_fault);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_tables_of_another_version_are_a_fault() {
    on_mariadb(another_version_is_a_fault);
}

#[test]
fn sqlite_rows_that_make_no_sense_sign_nobody_in() {
    on_sqlite(a_senseless_session_is_signed_out);
    on_sqlite(a_senseless_hash_is_a_wrong_password);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_rows_that_make_no_sense_sign_nobody_in() {
    on_mariadb(a_senseless_session_is_signed_out);
    on_mariadb(a_senseless_hash_is_a_wrong_password);
}
