//! A body that is a large file: memory, time, and what happens when the file or its reader changes.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Folder;
use crate::harness::{Program, Sent};

/// Larger than a pipe.
const LARGE: u64 = 64 << 20;

fn started(program: &Program) -> Child {
    let mut command = program.command();
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The first bytes, header block and all.
fn begin(child: &mut Child) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    let read = child.stdout.as_mut().unwrap().read(&mut bytes).unwrap();
    bytes.truncate(read);
    bytes
}

fn sparse(folder: &Folder, name: &str, size: u64) {
    folder.write(name, b"begin");
    let file = File::options().write(true).open(folder.path(name)).unwrap();
    file.set_len(size).unwrap();
}

/// A field of `/proc/ID/status`, in kilobytes.
fn status(child: &Child, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_large_file_is_copied_whole_and_in_little_memory() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    let first = begin(&mut child);
    let mut read = first.len() as u64;
    let mut buffer = vec![0; 1 << 20];
    let mut memory = 0;
    loop {
        let more = child.stdout.as_mut().unwrap().read(&mut buffer).unwrap();
        if more == 0 {
            break;
        }
        if read + 1_000_000 < LARGE {
            memory = memory.max(status(&child, "VmHWM:"));
        }
        read += more as u64;
    }
    assert!(child.wait().unwrap().success());
    let head = first
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(read, LARGE + head as u64);
    // A debug build is larger than one for use.
    eprintln!("{memory} kB");
    assert!(memory < 30_000, "{memory} kB");
}

/// The limits of a check do not bind a copy: not its processor time, and not its deadline.
#[test]
fn a_copy_outlives_the_deadline_and_the_limits_of_a_check() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    begin(&mut child);
    thread::sleep(Duration::from_secs(6));

    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let cpu = limits
        .lines()
        .find(|line| line.starts_with("Max cpu time"))
        .unwrap();
    assert!(cpu.contains("unlimited"), "{cpu}");
    let mut rest = Vec::new();
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_to_end(&mut rest)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert!(rest.len() as u64 > LARGE - 4096);
}

#[test]
fn a_file_that_shrinks_ends_the_answer_early_and_is_logged() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    begin(&mut child);

    let file = File::options()
        .write(true)
        .open(folder.path("private/large.bin"))
        .unwrap();
    file.set_len(10).unwrap();

    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!((output.stdout.len() as u64) < LARGE);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains("event=file_cut why=\"the file became shorter"),
        "{log}"
    );
    assert_eq!(log.lines().count(), 1);
}

/// What was opened is sent, whatever becomes of its name.
#[test]
fn a_file_that_vanishes_or_becomes_a_link_is_sent_as_it_was() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    let first = begin(&mut child);

    fs::remove_file(folder.path("private/large.bin")).unwrap();
    folder.link("/etc/passwd", "private/large.bin");

    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!((first.len() + output.stdout.len()) as u64 > LARGE);
    assert!(
        output
            .stdout
            .iter()
            .rev()
            .take(1 << 20)
            .all(|byte| *byte == 0)
    );
}

#[test]
fn a_client_that_leaves_is_no_fault() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    begin(&mut child);

    drop(child.stdout.take());

    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_client_that_takes_nothing_is_left_after_half_a_minute() {
    let folder = Folder::new();
    sparse(&folder, "private/large.bin", LARGE);
    let mut child = started(&folder.ask("/private/large.bin"));
    begin(&mut child);
    let began = Instant::now();

    let status = child.wait().unwrap();

    let took = began.elapsed().as_secs();
    assert!(!status.success());
    assert!((29..=35).contains(&took), "{took} s");
    let mut log = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(
        log.contains("event=file_cut why=\"the client took nothing for 30 s\""),
        "{log}"
    );
}

/// Then the file is read and written piece by piece.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn a_kernel_without_sendfile_costs_memory_for_one_buffer() {
    let folder = Folder::new();
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    folder.write("private/large.bin", &bytes);
    for error in ["EINVAL", "ENOSYS"] {
        let program = folder
            .ask("/private/large.bin")
            .with_fault(&format!("inject=sendfile:error={error}"));
        assert_eq!(Sent::by(&program).is(200, "").body, bytes, "{error}");
        let part = program.set("HTTP_RANGE", "bytes=100000-700000");
        assert_eq!(
            Sent::by(&part).is(206, "").body,
            bytes[100_000..=700_000],
            "{error}"
        );
    }
}

/// What the program could still open, once the store is: the folder's files and no others.
#[test]
fn once_the_store_is_open_only_the_folder_is_in_reach() {
    use cgi_session::sandbox::{Need, confine};
    let folder = Folder::new();
    let (inside, outside) = (
        folder.path("private/a.txt"),
        folder.site.path("outside.txt"),
    );
    fs::write(&outside, "outside").unwrap();
    let needs = [Need::Read(folder.path(""))];
    let confined = thread::spawn(move || {
        let _ = rustix::thread::set_no_new_privs(true);
        if confine(&needs).is_err() {
            eprintln!("SKIPPED: THIS KERNEL HAS NO LANDLOCK");
            return;
        }
        assert_eq!(fs::read(&inside).unwrap(), b"0123456789");
        assert!(fs::read(&outside).is_err());
        assert!(File::options().write(true).open(&inside).is_err());
        assert!(fs::read_dir(inside.parent().unwrap()).is_err());
    });
    confined.join().unwrap();
}
