//! Conditional requests and ranges, as curl and browsers send them.

use super::{Folder, gets};
use crate::harness::Sent;

#[test]
fn a_client_that_has_the_file_is_told_so() {
    let folder = Folder::new();
    let first = Sent::by(&folder.ask("/private/a.txt"));
    let (tag, date) = (
        first.header("etag").unwrap(),
        first.header("last-modified").unwrap(),
    );

    for (name, value) in [
        ("HTTP_IF_NONE_MATCH", tag),
        ("HTTP_IF_NONE_MATCH", "*"),
        ("HTTP_IF_MODIFIED_SINCE", date),
    ] {
        let again = Sent::by(&folder.ask("/private/a.txt").set(name, value));
        assert!(again.is(304, "").body.is_empty(), "{name}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("cache-control"), Some("private, no-cache"));
        assert_eq!(
            (again.header("content-length"), again.header("content-type")),
            (None, None)
        );
        // Who has signed out has the file no longer.
        let out = folder.stranger("/private/a.txt").set(name, value);
        assert_eq!(out.answer().status, 401, "{name}");
    }
    Sent::by(
        &folder
            .ask("/private/a.txt")
            .set("HTTP_IF_MATCH", "\"other\""),
    )
    .is(412, "");

    folder.write("private/a.txt", b"9876543210");
    // Same size, and the time is set back: it is the same to those who look at size and time.
    std::fs::remove_file(folder.path("private/a.txt")).unwrap();
    folder.write("private/c.txt", b"");
    folder.write("private/a.txt", b"9876543210+");
    let changed = folder.ask("/private/a.txt").set("HTTP_IF_NONE_MATCH", tag);
    assert_eq!(gets(&changed), b"9876543210+");
}

#[test]
fn one_range_is_a_part_and_several_are_the_whole() {
    let folder = Folder::new();
    let big: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    folder.write("private/big.bin", &big);
    let small = b"0123456789".to_vec();
    for (path, bytes) in [("/private/a.txt", small), ("/private/big.bin", big)] {
        let size = bytes.len();
        let part = |range: &str| Sent::by(&folder.ask(path).set("HTTP_RANGE", range));
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=2-4", 2, 5),
            ("bytes=7-", 7, size),
            ("bytes=-3", size - 3, size),
            ("bytes=5-99999999999", 5, size),
        ] {
            let sent = part(range);
            assert_eq!(sent.is(206, "").body, bytes[from..to], "{range}");
            let expected = format!("bytes {from}-{}/{size}", to - 1);
            assert_eq!(sent.header("content-range"), Some(&*expected));
        }
        let beyond = part(&format!("bytes={size}-"));
        assert!(beyond.is(416, "").body.is_empty());
        assert_eq!(
            beyond.header("content-range"),
            Some(&*format!("bytes */{size}"))
        );
        for range in ["bytes=0-1,3-4", "bytes=4-2", "lines=0-1"] {
            assert_eq!(part(range).is(200, "").body, bytes, "{range}");
        }
        let head = Sent::by(
            &folder
                .ask(path)
                .method("HEAD")
                .set("HTTP_RANGE", "bytes=2-4"),
        );
        assert_eq!(
            head.is(200, "").header("content-length"),
            Some(&*size.to_string())
        );
    }
}

#[test]
fn a_resumed_download_of_another_version_begins_anew() {
    let folder = Folder::new();
    let first = Sent::by(&folder.ask("/private/a.txt"));
    let tag = first.header("etag").unwrap();
    let resumed = folder.ask("/private/a.txt").set("HTTP_RANGE", "bytes=5-");

    Sent::by(&resumed.set("HTTP_IF_RANGE", tag)).is(206, "");
    Sent::by(&resumed.set("HTTP_IF_RANGE", first.header("last-modified").unwrap())).is(206, "");
    Sent::by(&resumed.set("HTTP_IF_RANGE", "\"another\"")).is(200, "");
}

/// A file that was written just now may be written once more within the same tick of the clock.
#[test]
fn a_file_that_is_being_written_has_a_weak_tag() {
    let folder = Folder::new();
    std::fs::write(folder.path("private/a.txt"), "new").unwrap();

    let sent = Sent::by(&folder.ask("/private/a.txt"));

    assert!(sent.header("etag").unwrap().starts_with("W/\""), "{sent:?}");
}

#[test]
fn an_empty_file_is_an_empty_body() {
    let folder = Folder::new();
    folder.write("private/empty.txt", b"");
    let sent = Sent::by(&folder.ask("/private/empty.txt"));
    assert_eq!(sent.is(200, "").header("content-length"), Some("0"));
    Sent::by(
        &folder
            .ask("/private/empty.txt")
            .set("HTTP_RANGE", "bytes=0-"),
    )
    .is(416, "");
}
