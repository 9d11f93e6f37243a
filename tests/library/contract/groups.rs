//! The groups of a user.

use cgi_session::model::GroupName;
use cgi_session::store::{GROUPS_MAX, Membership, Regrouped};

use super::values::{NOW, add, name};
use crate::harness::TestStore;

fn group(text: &str) -> GroupName {
    GroupName::parse(text).unwrap()
}

fn groups(texts: &[&str]) -> Vec<GroupName> {
    texts.iter().map(|text| group(text)).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

pub fn are_those_that_were_added(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert_eq!(store.groups(anna).unwrap(), []);
    let none = administration.membership(&name("anna")).unwrap();
    assert_eq!(none, Some(Membership::default()));

    let done =
        administration.change_groups(&name("anna"), &groups(&["staff", "董事会", "board"]), &[]);
    let added = owned(&["staff", "董事会", "board"]);
    assert_eq!(done.unwrap(), Regrouped::Done(added, Vec::new()));
    assert_eq!(
        store.groups(anna).unwrap(),
        groups(&["board", "staff", "董事会"])
    );
    assert_eq!(store.groups(eve).unwrap(), []);

    // Again, and out of one she is not in.
    let done = administration.change_groups(
        &name("anna"),
        &groups(&["board", "board"]),
        &owned(&["other"]),
    );
    assert_eq!(done.unwrap(), Regrouped::Done(Vec::new(), Vec::new()));
    let done = administration.change_groups(
        &name("anna"),
        &groups(&["new", "new"]),
        &owned(&["staff", "staff"]),
    );
    assert_eq!(
        done.unwrap(),
        Regrouped::Done(owned(&["new"]), owned(&["staff"]))
    );
    let there = administration.membership(&name("anna")).unwrap().unwrap();
    assert_eq!(there.groups, ["board", "new", "董事会"]);

    let nobody = administration.change_groups(&name("nobody"), &groups(&["board"]), &[]);
    assert_eq!(nobody.unwrap(), Regrouped::NoUser);
    assert_eq!(administration.membership(&name("nobody")).unwrap(), None);

    administration
        .set_disabled(&name("anna"), Some(NOW))
        .unwrap();
    assert!(
        administration
            .membership(&name("anna"))
            .unwrap()
            .unwrap()
            .is_disabled
    );
    assert!(administration.delete_user(&name("anna")).unwrap());
    assert_eq!(store.groups(anna).unwrap(), []);
}

/// Scripts get the names in one text with blanks between them: a row must not make two groups of one.
pub fn a_row_that_is_no_name_counts_for_nothing(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for text in ["staff", "a board", "Board", "a,b", ""] {
        fresh.sql(&format!(
            "INSERT INTO memberships (user_id, group_name) VALUES ({}, '{text}')",
            anna.0
        ));
    }
    assert_eq!(store.groups(anna).unwrap(), groups(&["staff"]));
    // They are shown, and can be removed.
    let there = administration.membership(&name("anna")).unwrap().unwrap();
    assert_eq!(there.groups, ["Board", "a board", "a,b", "staff"]);
    let done = administration.change_groups(
        &name("anna"),
        &groups(&["board"]),
        &owned(&["Board", "a board"]),
    );
    assert!(matches!(done, Ok(Regrouped::Done(..))), "{done:?}");
    assert_eq!(store.groups(anna).unwrap(), groups(&["board", "staff"]));
}

pub fn are_bounded(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let all: Vec<GroupName> = (0..=GROUPS_MAX)
        .map(|number| group(&format!("g{number:03}")))
        .collect();
    let done = administration.change_groups(&name("anna"), &all, &[]);
    assert_eq!(done.unwrap(), Regrouped::TooMany);
    assert_eq!(store.groups(anna).unwrap(), []);
    let done = administration.change_groups(&name("anna"), &all[1..], &[]);
    assert!(matches!(done, Ok(Regrouped::Done(..))), "{done:?}");
    let one_more = administration.change_groups(&name("anna"), &all[..1], &[]);
    assert_eq!(one_more.unwrap(), Regrouped::TooMany);
    let instead = administration.change_groups(&name("anna"), &all[..1], &owned(&["g100"]));
    assert!(matches!(instead, Ok(Regrouped::Done(..))), "{instead:?}");
    assert_eq!(store.groups(anna).unwrap(), all[..GROUPS_MAX]);
}
