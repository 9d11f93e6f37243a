//! The part of MySQL's protocol that a scripted server needs.

use std::io::{self, Read};

use crate::harness::{NAME, now};

/// The OK packet: the sign-on or the statement succeeded.
pub const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

/// A packet: three bytes of length, a number, the payload.
pub fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut packet = length[..3].to_vec();
    packet.push(number);
    packet.extend(payload);
    packet
}

/// The payload of the client's next packet.
pub fn read_packet(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut header = [0; 4];
    stream.read_exact(&mut header)?;
    let [a, b, c, _] = header;
    let mut payload = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
    stream.read_exact(&mut payload)?;
    Ok(payload)
}

/// What a MariaDB says first (`HandshakeV10`).
pub fn greeting(plugin: &str) -> Vec<u8> {
    let mut greeting = b"\x0a10.11.0-MariaDB\0".to_vec();
    greeting.extend([1, 0, 0, 0]);
    greeting.extend(b"12345678\0");
    // All capabilities but TLS and compression; utf8mb4; autocommit; the length of the challenge.
    greeting.extend([0xdf, 0xf7, 45, 2, 0, 0xff, 0x00, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"123456789012\0");
    greeting.extend(plugin.as_bytes());
    greeting.push(0);
    greeting
}

fn text(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// The answer to a check: the row of a session that was seen just now.
pub fn session() -> Vec<u8> {
    let eof = vec![0xfe, 0, 0, 2, 0];
    let seen = now().to_string();
    let until = (now() + 3600).to_string();
    let name = NAME
        .bytes()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    let row = ["2", "2", "7", &name, &seen, &seen, &until, "0"];
    let column = |_| {
        let names = ["def", "site", "t", "t", "c", "c"].map(text).concat();
        [&names[..], &[12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]].concat()
    };
    let mut packets = vec![vec![u8::try_from(row.len()).unwrap()]];
    packets.extend(row.iter().map(column));
    packets.push(eof.clone());
    packets.push(row.map(text).concat());
    packets.push(eof);
    (1..)
        .zip(packets)
        .flat_map(|(number, payload)| packet(number, &payload))
        .collect()
}
