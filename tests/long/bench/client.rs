//! A client that keeps its connection and reads whole answers, of what lighttpd and Apache send.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is kept for as long as the server keeps it.
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Sends a whole request, and waits for the answer.
    pub fn ask(&mut self, request: &str) -> Outcome<Answer> {
        let kept = self.stream.is_some();
        let answer = match self.exchange(request) {
            // A server may close a kept connection at any time.
            Err(_) if kept => self.exchange(request)?,
            other => other?,
        };
        if !answer.keep {
            self.stream = None;
        }
        Ok(answer)
    }

    fn exchange(&mut self, request: &str) -> Outcome<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        stream.write_all(request.as_bytes())?;
        let answer = Answer::read(&mut stream)?;
        self.stream = Some(stream);
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

pub struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
    keep: bool,
}

impl Answer {
    fn read(from: &mut impl Read) -> Outcome<Self> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            more(from, &mut bytes)?;
        };
        let rest = bytes.split_off(head + 4);
        let head = String::from_utf8(bytes)?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        let header = |name: &str| {
            let mut fields = head.lines().filter_map(|line| line.split_once(':'));
            fields
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim())
        };
        let body = if status == 204 {
            rest
        } else if header("transfer-encoding") == Some("chunked") {
            chunked(from, rest)?
        } else {
            sized(
                from,
                rest,
                header("content-length").ok_or("no length")?.parse()?,
            )?
        };
        let keep = header("connection") != Some("close");
        Ok(Self {
            status,
            body: String::from_utf8(body)?,
            keep,
            head,
        })
    }
}

fn more(from: &mut impl Read, bytes: &mut Vec<u8>) -> Outcome<()> {
    let mut chunk = [0; 16 << 10];
    let length = from.read(&mut chunk)?;
    if length == 0 {
        return Err("the server closed the connection".into());
    }
    bytes.extend_from_slice(chunk.get(..length).unwrap_or_default());
    Ok(())
}

fn sized(from: &mut impl Read, mut bytes: Vec<u8>, length: usize) -> Outcome<Vec<u8>> {
    while bytes.len() < length {
        more(from, &mut bytes)?;
    }
    Ok(bytes)
}

fn chunked(from: &mut impl Read, mut bytes: Vec<u8>) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") else {
            more(from, &mut bytes)?;
            continue;
        };
        let size = std::str::from_utf8(bytes.get(..line).unwrap_or_default())?;
        let size = usize::from_str_radix(size.trim(), 16)?;
        let start = line + 2;
        bytes = sized(from, bytes, start + size + 2)?;
        body.extend_from_slice(bytes.get(start..start + size).unwrap_or_default());
        bytes.drain(..start + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}
