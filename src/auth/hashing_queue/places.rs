//! Which locks a client or an account uses. A keyed hash chooses each from a fixed number, so that nobody can arrange
//! to share one with somebody else.

use crate::auth::keyed_hash::keyed_hash;
use crate::auth::network::Networks;
use crate::config::Secret;
use crate::model::LoginName;

/// Waiting places of one queue: as many as two processors serve in the longest wait.
const PLACES: usize = 128;

/// How many waiting places one network or one account may use. Eight networks can fill the queue.
const PLACES_OF_NETWORK: usize = 16;

/// How many of its network's places one IPv6 /64 may use. Of two /64s of a network, one pair in 12,870 shares all its
/// places.
const PLACES_OF_CLIENT: usize = 8;

/// Lines of one kind. This is also the chance that two given clients share a line: one in this many.
const LINES: u16 = 1024;

/// A queue with slots of its own, and the places and lines in it that one client or account may use. All are names of
/// files.
#[derive(Debug)]
pub struct Queue {
    prefix: &'static str,
    /// The waiting places that it may use.
    pub places: Vec<String>,
    /// The lines that it stands in, one after the other.
    pub lines: Vec<String>,
}

impl Queue {
    /// The queue for everybody. Networks take turns at its front, and within an IPv6 /48 its /64s do. An IPv4 address
    /// is a network of its own here, since a /24 belongs to many households.
    pub fn of_client(address: &str, secret: &Secret) -> Self {
        let hash = |what, id: &str| keyed_hash(secret.expose(), what, &[id]);
        let line = |what, id: &str| format!("{what}.{}", one_of_lines(&hash(what, id)));
        match Networks::from_address(address) {
            Networks {
                client,
                site: Some(_),
                widest: Some(network),
            } => {
                let places = places(&hash("waiting", &network));
                let places = some_of(places, &hash("waiting", &client));
                let lines = vec![line("client", &client), line("network", &network)];
                Self::new("", &places, lines)
            }
            Networks { client, .. } => {
                let places = places(&hash("waiting", &client));
                Self::new("", &places, vec![line("network", &client)])
            }
        }
    }

    /// The queue of the known devices, with the account's places and its one line.
    pub fn of_account(name: &LoginName, secret: &Secret) -> Self {
        let hash = |what| keyed_hash(secret.expose(), what, &[name.as_str()]);
        let line = format!("known.account.{}", one_of_lines(&hash("account's line")));
        Self::new("known.", &places(&hash("account's waiting")), vec![line])
    }

    fn new(prefix: &'static str, places: &[usize], lines: Vec<String>) -> Self {
        let place = |place: &usize| format!("{prefix}waiting.{place}");
        Self {
            prefix,
            places: places.iter().map(place).collect(),
            lines,
        }
    }

    /// The lock of the queue's front.
    pub fn front(&self) -> String {
        format!("{}front", self.prefix)
    }

    /// The lock of a slot.
    pub fn slot(&self, number: u32) -> String {
        format!("{}hashing.{number}", self.prefix)
    }
}

/// The queue is divided into [`PLACES_OF_NETWORK`] equal parts, and the hash chooses one place in each. Two networks
/// have two places in common on average, and practically never all.
fn places(hash: &[u8; 32]) -> Vec<usize> {
    let each = PLACES / PLACES_OF_NETWORK;
    let place = |(part, byte): (usize, &u8)| part * each + usize::from(*byte) % each;
    let parts = hash.iter().take(PLACES_OF_NETWORK).enumerate();
    parts.map(place).collect()
}

fn some_of(places: Vec<usize>, hash: &[u8; 32]) -> Vec<usize> {
    let mut drawn: Vec<(&u8, usize)> = hash.iter().zip(places).collect();
    drawn.sort_unstable();
    let places = drawn.into_iter().map(|(_, place)| place);
    places.take(PLACES_OF_CLIENT).collect()
}

fn one_of_lines(hash: &[u8; 32]) -> u16 {
    let [high, low, ..] = *hash;
    u16::from_be_bytes([high, low]) % LINES
}
