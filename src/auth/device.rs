//! Devices that somebody has signed in from: they keep their own count of failures, and have a queue apart, so that
//! nobody who guesses elsewhere, or comes in crowds, can lock their owner out (OWASP, "Slow Down Online Guessing
//! Attacks with Device Cookies").
//!
//! One cookie has the proofs of several people who use the browser. A proof is three parts, in hex digits:
//!
//! - the device's id;
//! - its tie to the password's hash: with another password, or as another user of that name, the device is known no
//!   longer;
//! - the site's word for the id, the owner's name and the tie, which is checked without the store.

use ::cookie::time::Duration;
use subtle::ConstantTimeEq as _;

use super::cookie;
use super::keyed_hash::keyed_hash;
use crate::cgi::cookies;
use crate::config::Secret;
use crate::model::{LoginName, Token, hex, is_hex};

/// Length of each part of a proof: 128 bits, two hex digits a byte.
const PART_LEN: usize = 32;

/// Length of a proof.
const PROOF_LEN: usize = 3 * PART_LEN;

/// Most proofs in one cookie: of the last four who signed in.
const PROOFS_MAX: usize = 4;

/// What stands between two proofs.
const SEPARATOR: char = '.';

/// How long a browser keeps the cookie (RFC 6265bis, 5.5: no longer); each sign-in begins anew.
const MAX_AGE: Duration = Duration::days(400);

/// A device that somebody was signed in from. It opens nothing: its failures are counted by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    id: String,
}

/// Whose devices are known.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The name they sign in with.
    pub name: &'a LoginName,
    /// Their password's hash.
    pub password: &'a str,
}

/// What the cookie says of whose device this is; the last who signed in comes first.
#[derive(Debug, Clone, Default)]
pub struct Proofs(Vec<String>);

/// The site's word that somebody signed in from this device. Whether it is still the same password, the store says.
#[derive(Debug)]
pub struct Proof<'a> {
    id: &'a str,
    tie: &'a str,
}

impl Proofs {
    /// The proofs in a Cookie header, whosever they are; none where there are two cookies, or where one is not what
    /// a sign-in sets.
    #[must_use]
    pub fn presented(header: &str, https: bool) -> Self {
        let mut values = cookies::named(header, name(https));
        let (Some(value), None) = (values.next(), values.next()) else {
            return Self::default();
        };
        let proofs: Vec<String> = value.split(SEPARATOR).map(str::to_owned).collect();
        let are_ours =
            proofs.len() <= PROOFS_MAX && proofs.iter().all(|one| is_hex(one, PROOF_LEN));
        if are_ours {
            Self(proofs)
        } else {
            Self::default()
        }
    }

    /// The one that was made for `name`.
    #[must_use]
    pub fn of(&self, name: &LoginName, secret: &Secret) -> Option<Proof<'_>> {
        self.0.iter().find_map(|proof| {
            let (id, rest) = proof.split_at_checked(PART_LEN)?;
            let (tie, word) = rest.split_at_checked(PART_LEN)?;
            let right = word_for(id, name, tie, secret)?;
            bool::from(right.as_bytes().ct_eq(word.as_bytes())).then_some(Proof { id, tie })
        })
    }

    /// The `Set-Cookie` that makes `device` known to be `owner`'s, and leaves the others' proofs as they are; none on
    /// a site without a secret, where anybody could make one.
    #[must_use]
    pub fn with(
        &self,
        device: &Device,
        owner: &Owner<'_>,
        https: bool,
        secret: &Secret,
    ) -> Option<String> {
        let tie = tie(&device.id, owner.password, secret);
        let word = word_for(&device.id, owner.name, &tie, secret)?;
        let proof = format!("{}{tie}{word}", device.id);
        let before = self.of(owner.name, secret).map(|proof| proof.id);
        let others = self.0.iter().filter(|one| one.get(..PART_LEN) != before);
        let proofs: Vec<&str> = [proof.as_str()]
            .into_iter()
            .chain(others.map(String::as_str))
            .take(PROOFS_MAX)
            .collect();
        let value = proofs.join(&SEPARATOR.to_string());
        let mut cookie = cookie::ours(name(https), value, https);
        cookie.set_max_age(MAX_AGE);
        Some(cookie.to_string())
    }
}

impl Proof<'_> {
    /// The device, if its owner has still the password that they signed in with.
    #[must_use]
    pub fn device(&self, password: &str, secret: &Secret) -> Option<Device> {
        let right = tie(self.id, password, secret);
        let id = self.id.to_owned();
        bool::from(right.as_bytes().ct_eq(self.tie.as_bytes())).then_some(Device { id })
    }
}

impl Device {
    /// A device that is new with a session: as unguessable as its token, and no way back to that.
    #[must_use]
    pub fn new(token: &Token, secret: &Secret) -> Self {
        let id = part(&keyed_hash(secret.expose(), "device id", &[token.secret()]));
        Self { id }
    }

    /// For the throttle.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn tie(id: &str, password: &str, secret: &Secret) -> String {
    part(&keyed_hash(
        secret.expose(),
        "device password",
        &[id, password],
    ))
}

fn word_for(id: &str, name: &LoginName, tie: &str, secret: &Secret) -> Option<String> {
    if secret.expose().is_empty() {
        return None;
    }
    let word = keyed_hash(secret.expose(), "device", &[id, name.as_str(), tie]);
    Some(part(&word))
}

/// As much of a hash as a proof has room for (RFC 2104, 5).
fn part(hash: &[u8; 32]) -> String {
    let mut text = hex(hash);
    text.truncate(PART_LEN);
    text
}

/// As the session's: only the name of this request's scheme counts.
fn name(https: bool) -> &'static str {
    if https {
        "__Host-device"
    } else {
        "cgi-session-device"
    }
}
