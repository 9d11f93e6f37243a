//! A server or file that does not answer at all: 503 after two seconds, without a second try.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mysql::prelude::Queryable as _;
use rustix::process::Signal;

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;

/// After two seconds: a second try would make it four.
#[track_caller]
fn took_two_seconds(runs: &[Run]) {
    for run in runs {
        run.took_from_to(1800, 3000);
    }
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_stopped_server_takes_two_seconds_and_the_cookie_survives() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();

    mariadb.signal(Signal::STOP);
    took_two_seconds(&site.is_unavailable(&token));
    site.point_to(&database.tcp_url());
    took_two_seconds(&site.is_unavailable(&token));
    mariadb.signal(Signal::CONT);

    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_query_that_hangs_is_given_up_after_two_seconds() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let mut other = mysql::Conn::new(&*database.admin_url()).unwrap();
    let lock = "LOCK TABLES users WRITE, sessions WRITE, schema_version WRITE";
    other.query_drop(lock).unwrap();

    took_two_seconds(&site.is_unavailable(&token));
    drop(other);

    site.works(&token);
}

/// Only the touch hangs: the check is answered, and the touch is given up soon.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_touch_that_hangs_is_left_out() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let mut other = mysql::Conn::new(&*database.admin_url()).unwrap();
    let lock = "LOCK TABLES users READ, sessions READ, schema_version READ";
    other.query_drop(lock).unwrap();

    let run = Run::of(&site.protected(&token));

    run.is(200);
    run.logs(&["event=touch_failed"]);
    run.took_from_to(150, 1000);
    drop(other);
    site.works(&token);
}

/// A connect that blocks, which no timeout of the driver covers.
#[test]
fn a_socket_whose_queue_is_full_takes_two_seconds() {
    let site = Site::with_many_tries();
    let token = site.token();
    let path = site.path("full.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let queued = fill({
        let path = path.clone();
        move || UnixStream::connect(&path).ok()
    });
    site.point_to(&format!(
        "mysql://u:secret%40@localhost/d?socket={}",
        path.display()
    ));

    took_two_seconds(&site.is_unavailable(&token));
    drop((listener, queued));
    site.point_to(&format!("sqlite:{}", site.file().display()));
    site.works(&token);
}

#[test]
fn a_port_whose_queue_is_full_takes_two_seconds() {
    let site = Site::with_many_tries();
    let token = site.token();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let queued = fill(move || connect(address));
    site.point_to(&format!("mysql://u:secret%40@{address}/d"));

    took_two_seconds(&site.is_unavailable(&token));
    drop((listener, queued));
    site.point_to(&format!("sqlite:{}", site.file().display()));
    site.works(&token);
}

/// Opening a pipe blocks, and a check on SQLite has no second thread that would end it.
#[test]
fn a_store_that_is_no_file_is_not_waited_for() {
    let site = Site::with_many_tries();
    let token = site.token();
    let pipe = site.path("pipe");
    let mkfifo = Command::new("mkfifo").arg("--mode=600").arg(&pipe).status();
    assert!(mkfifo.unwrap().success());
    let file = site.file();
    site.point_to(&format!("sqlite:{}", pipe.display()));

    for run in site.is_unavailable(&token) {
        run.logs(&["no regular file"]);
        run.took_from_to(0, 1000);
    }

    site.point_to(&format!("sqlite:{}", file.display()));
    site.works(&token);
}

fn connect(address: SocketAddr) -> Option<TcpStream> {
    TcpStream::connect_timeout(&address, Duration::from_mins(1)).ok()
}

/// Connects until connecting blocks. The caller must keep the connections.
fn fill<S: Send + 'static>(connect: impl Fn() -> Option<S> + Clone + Send + 'static) -> Vec<S> {
    let mut queued = Vec::new();
    loop {
        let (tell, told) = mpsc::channel();
        let connect = connect.clone();
        // It ends when the listener does.
        thread::spawn(move || tell.send(connect()));
        match told.recv_timeout(Duration::from_millis(300)) {
            Ok(stream) => queued.extend(stream),
            Err(_) => return queued,
        }
        assert!(queued.len() < 10_000, "the queue is never full");
    }
}
