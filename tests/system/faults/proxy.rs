//! A proxy between a program and its server, which lets everything through except for one thing.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::harness::database::Database;
use crate::harness::mysql_protocol::packet;

/// What happens the first `times` that a client sends `on`.
#[derive(Clone, Copy)]
pub struct Rule {
    pub on: &'static str,
    pub what: What,
    pub times: usize,
}

#[derive(Clone, Copy)]
pub enum What {
    /// The statement does not arrive, and the link is cut.
    Cut,
    /// The statement does not arrive, and this MySQL error is the answer.
    Error(u16),
    /// The statement arrives, and the link is cut after so many bytes of the answer.
    CutAnswer(usize),
    /// The second statement arrives, and the link is cut before its answer. `times` is ignored.
    CutSecondAnswer,
    /// So many bytes of this connection's client arrive, and then the link is cut. `on` is ignored.
    CutAfterSent(usize),
    /// The same with the server's bytes.
    CutAfterReceived(usize),
}

pub struct Proxy {
    /// What `store` is set to.
    pub url: String,
    seen: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// In front of a database's server. It serves until the test program ends.
    pub fn start(database: &Database, rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let direct = database.tcp_url();
        let (account, place) = direct.rsplit_once('@').unwrap();
        let (server, name) = place.split_once('/').unwrap();
        let url = format!("{account}@{}/{name}", listener.local_addr().unwrap());
        let seen = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let (all_seen, all_connections) = (Arc::clone(&seen), Arc::clone(&connections));
        let server = server.to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let number = all_connections.fetch_add(1, Ordering::SeqCst);
                let link = Link {
                    rule,
                    seen: Arc::clone(&all_seen),
                    // Rules about a connection's bytes hold for the first connections.
                    counts: number < rule.times,
                    answer_is_cut: AtomicBool::new(false),
                };
                link.start(client.unwrap(), TcpStream::connect(&server).unwrap());
            }
        });
        Self {
            url,
            seen,
            connections,
        }
    }

    /// How often a client sent `on`.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

struct Link {
    rule: Rule,
    seen: Arc<AtomicUsize>,
    counts: bool,
    answer_is_cut: AtomicBool,
}

impl Link {
    fn start(self, client: TcpStream, server: TcpStream) {
        let link = Arc::new(self);
        let streams = [&client, &server].map(|stream| stream.try_clone().unwrap());
        let sending = Arc::clone(&link);
        let [from, to] = streams;
        // Both end when either side does.
        thread::spawn(move || {
            let _ = sending.send(&from, &to);
            cut(&from, &to);
        });
        thread::spawn(move || {
            let _ = link.receive(&server, &client);
            cut(&server, &client);
        });
    }

    fn send(&self, mut client: &TcpStream, mut server: &TcpStream) -> std::io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = match self.rule.what {
            What::CutAfterSent(bytes) if self.counts => bytes,
            _ => usize::MAX,
        };
        loop {
            let length = client.read(&mut buffer)?;
            let bytes = &buffer[..length];
            if length == 0 {
                return Ok(());
            }
            match self.what(bytes) {
                Some(What::Cut) => return Ok(()),
                Some(What::Error(code)) => {
                    client.write_all(&error(code))?;
                    continue;
                }
                Some(What::CutAnswer(_)) => self.answer_is_cut.store(true, Ordering::SeqCst),
                _ => {}
            }
            server.write_all(&bytes[..length.min(left)])?;
            left = left.saturating_sub(length);
            if left == 0 {
                return Ok(());
            }
        }
    }

    fn receive(&self, mut server: &TcpStream, mut client: &TcpStream) -> std::io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = match self.rule.what {
            What::CutAfterReceived(bytes) if self.counts => bytes,
            _ => usize::MAX,
        };
        loop {
            let length = server.read(&mut buffer)?;
            if self.answer_is_cut.load(Ordering::SeqCst)
                && let Some(bytes) = self.cut_after()
            {
                left = bytes;
            }
            client.write_all(&buffer[..length.min(left)])?;
            left = left.saturating_sub(length);
            if left == 0 || length == 0 {
                return Ok(());
            }
        }
    }

    /// What to do about these bytes of a client's.
    /// So many bytes of an answer that is cut.
    fn cut_after(&self) -> Option<usize> {
        match self.rule.what {
            What::CutAnswer(bytes) => Some(bytes),
            What::CutSecondAnswer => Some(0),
            _ => None,
        }
    }

    fn what(&self, bytes: &[u8]) -> Option<What> {
        let on = self.rule.on.as_bytes();
        let said = !on.is_empty() && bytes.windows(on.len()).any(|window| window == on);
        if !said {
            return None;
        }
        let before = self.seen.fetch_add(1, Ordering::SeqCst);
        match self.rule.what {
            What::CutSecondAnswer => (before == 1).then_some(What::CutAnswer(0)),
            what => (before < self.rule.times).then_some(what),
        }
    }
}

fn cut(one: &TcpStream, other: &TcpStream) {
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}

/// An `ERR_Packet`, the first answer to a command.
fn error(code: u16) -> Vec<u8> {
    let mut payload = vec![0xff];
    payload.extend(code.to_le_bytes());
    payload.extend(b"#HY000made by the test");
    packet(1, &payload)
}
