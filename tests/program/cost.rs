//! What a check costs, counted: packets and system calls, so that neither creeps up.

use std::fs;
use std::io::{self, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::harness::mysql_protocol::{OK, greeting, packet, read_packet, session};
use crate::harness::{NAME, Program, Row, Site, write_with_mode};

/// One connection, to its end: a greeting, an account let in, each query answered with the one row. The first
/// byte of each packet that the client sent.
fn serve(mut stream: UnixStream) -> io::Result<Vec<u8>> {
    stream.write_all(&packet(0, &greeting("mysql_native_password")))?;
    let mut seen = vec![read_packet(&mut stream)?[0]];
    stream.write_all(&packet(2, OK))?;
    while let Ok(said) = read_packet(&mut stream) {
        seen.push(said[0]);
        if said[0] != COM_QUERY {
            break;
        }
        stream.write_all(&session())?;
    }
    Ok(seen)
}

const COM_QUIT: u8 = 1;
const COM_QUERY: u8 = 3;
/// The first byte of the capabilities that the driver takes of the greeting's: its answer has no command.
const SIGN_ON: u8 = 0x8b;

/// A site on a scripted server behind a socket, and what each connection to it sent.
fn scripted() -> (Site, Receiver<Vec<u8>>) {
    let site = Site::new();
    let socket = site.path("s.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            tell.send(serve(stream.unwrap()).unwrap()).unwrap();
        }
    });
    let store = format!(
        "mysql://web:secret@localhost/site?socket={}",
        socket.display()
    );
    let text = format!(
        "store = \"{store}\"\nstate = \"{}\"\n",
        site.path("").display()
    );
    write_with_mode(&site.path("cgi-session.toml"), &text, 0o600);
    (site, told)
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_check_on_mysql_is_one_connection_and_one_query() {
    let (site, told) = scripted();

    let answer = site.program("protected").cookie(TOKEN).answer();

    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(NAME), "{}", answer.body);
    assert_eq!(told.recv().unwrap(), [SIGN_ON, COM_QUERY, COM_QUIT]);
    assert!(told.try_recv().is_err(), "one connection");
}

/// The cart asks for its data, then for the session. The scripted server's row is no row of data.
#[test]
fn a_page_that_asks_the_store_twice_has_one_connection() {
    let (site, told) = scripted();

    let answer = site.program("cart").cookie(TOKEN).answer();

    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(NAME), "{}", answer.body);
    let seen = told.recv().unwrap();
    assert_eq!(seen, [SIGN_ON, COM_QUERY, COM_QUERY, COM_QUIT]);
    assert!(told.try_recv().is_err(), "one connection");
}

/// All system calls of a program and its thread, as strace prints them.
fn system_calls(site: &Site, program: &Program) -> Vec<String> {
    let trace = site.path("trace");
    let words = [
        "/usr/bin/strace",
        "-f",
        "-qq",
        "-o",
        trace.to_str().unwrap(),
    ];
    assert!(program.under(&words).output().status.success());
    let trace = fs::read_to_string(trace).unwrap();
    let is_call = |line: &&str| !line.contains("resumed>") && !line.contains("+++");
    trace.lines().filter(is_call).map(str::to_owned).collect()
}

#[track_caller]
fn makes_at_most(most: usize, site: &Site, program: &Program) {
    let calls = system_calls(site, program);
    eprintln!("{} of {most}", calls.len());
    assert!(
        calls.len() <= most,
        "{} calls:\n{}",
        calls.len(),
        calls.join("\n")
    );
}

/// Counted: 109 and one for each folder on the way to the file, 58, and 104. The C library's, the standard
/// library's and the drivers' are in it, and a few of a program with debug assertions; other releases may
/// need another number.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn a_check_makes_no_more_system_calls_than_it_did() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let folders = site.path("").components().count() - 1;
    makes_at_most(
        111 + folders,
        &site,
        &site.program("protected").cookie(&token),
    );
    makes_at_most(60, &site, &site.program("protected"));
    let (site, _told) = scripted();
    makes_at_most(108, &site, &site.program("protected").cookie(TOKEN));
}

/// The names of a refused sign-in's calls, in their order, of the thread that works: what another one
/// waits for depends on the moment.
fn refused(site: &Site, name: &str, password: &str) -> Vec<String> {
    let program = site
        .program("login")
        .post(&[("login_name", name), ("password", password)]);
    let lines = system_calls(site, &program);
    let thread = lines[0].split(' ').next().unwrap().to_owned();
    let mut names: Vec<String> = lines
        .iter()
        .filter_map(|line| line.strip_prefix(&*thread)?.trim().split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect();
    // What the two threads say to each other, and the memory that they share out; and a row that is
    // there is a page that is read from a file, a hundred thousandth of the hashing.
    let free = ["futex", "brk", "mmap", "munmap", "mprotect", "pread64"];
    names.retain(|name| !free.contains(&name.as_str()));
    names
}

/// For an unknown name the programs do exactly what they do for a known one.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn unknown_wrong_and_disabled_make_the_same_system_calls() {
    let site = Site::new();
    for name in ["wrong", "gone1"] {
        assert!(site.add(name, crate::harness::hash()));
    }
    site.execute("UPDATE users SET disabled_at = 1 WHERE login_name = 'gone1'");
    // The first run may have to make rows or files that later runs find.
    refused(&site, "first", "nothing at all");

    let unknown = refused(&site, "nobdy", "not the password");
    let wrong = refused(&site, "wrong", "not the password");
    let disabled = refused(&site, "gone1", crate::harness::PASSWORD);

    assert!(unknown.len() > 60, "{unknown:?}");
    assert_eq!(unknown, wrong);
    assert_eq!(unknown, disabled);
}
