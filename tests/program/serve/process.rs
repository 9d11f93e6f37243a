//! Processes: how they end, how many there are, and what the log says.

use std::fs;
use std::io::Write;
use std::net::Shutdown;
use std::path::Path;
use std::thread;

use rustix::process::{Signal, kill_process};

use super::{Server, site, status, until, untimed};

// Takes the server's whole deadline, 10 s.
#[test]
fn a_program_past_the_deadline_is_killed_and_the_answer_is_504() {
    let folder =
        site("printf 'Content-Type: text/plain\\n\\nhalf'; echo $$ >pid; exec /bin/sleep 60");
    let server = Server::start(folder.path());

    let answer = server.ask("GET /cgi-bin/login", "");

    assert_eq!(status(&answer), "504", "{answer}");
    assert!(!answer.contains("half"), "{answer}");
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(
        !Path::new("/proc").join(pid.trim()).exists(),
        "{pid} lives, or is a zombie"
    );
    let log = untimed(&server.stop());
    assert_eq!(
        log,
        "login: killed: not done after 10 s\nGET /cgi-bin/login 504\n"
    );
}

#[test]
fn a_program_is_killed_when_its_client_leaves() {
    let folder = site("echo $$ >pid.new; /bin/mv pid.new pid; exec /bin/sleep 60");
    let server = Server::start(folder.path());
    let mut client = server.connect();
    client
        .write_all(b"GET /cgi-bin/login?secret HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let file = folder.path().join("pid");
    until("the program runs", || file.exists());
    let pid = fs::read_to_string(file).unwrap();

    client.shutdown(Shutdown::Both).unwrap();

    until("the program is gone", || {
        !Path::new("/proc").join(pid.trim()).exists()
    });
    assert_eq!(
        untimed(&server.stop()),
        "GET /cgi-bin/login -\nlogin: killed: its client left\n"
    );
}

#[test]
fn the_log_has_neither_queries_nor_control_characters() {
    let folder = site("printf 'one\\033[31m\\ntwo\\r\\n' >&2; printf 'Status: 200\\n\\n'");
    let server = Server::start(folder.path());

    server.ask("GET /cgi-bin/login/%1b?password=secret", "");

    let log = untimed(&server.stop());
    assert_eq!(
        log,
        "login: one\\u{1b}[31m\nlogin: two\nGET /cgi-bin/login/%1b 200\n"
    );
}

#[test]
fn many_clients_at_once_all_get_their_answer() {
    let folder = site("/bin/sleep 0.1; printf 'Status: 200\\n\\n%s' $QUERY_STRING");
    let server = Server::start(folder.path());

    thread::scope(|scope| {
        for n in 0..80 {
            let server = &server;
            scope.spawn(move || {
                let answer = server.ask(&format!("GET /cgi-bin/login?{n}"), "");
                assert!(answer.ends_with(&format!("\r\n\r\n{n}")), "{n}: {answer}");
            });
        }
    });

    assert_eq!(server.stop().lines().count(), 80);
}

#[test]
fn sigterm_and_sigint_end_it_with_all_programs() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = site("echo $$ >pid.new; /bin/mv pid.new pid; exec /bin/sleep 60");
        let mut server = Server::start(folder.path());
        let mut client = server.connect();
        client
            .write_all(b"GET /cgi-bin/login HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        let file = folder.path().join("pid");
        until("the program runs", || file.exists());
        let pid = fs::read_to_string(file).unwrap();

        kill_process(server.pid(), signal).unwrap();

        assert_eq!(server.child.wait().unwrap().code(), Some(0));
        let state = || fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"));
        // An orphan's new parent may take its time to reap it.
        until("the program is gone", || {
            state().map_or(true, |stat| stat.contains(") Z "))
        });
    }
}
