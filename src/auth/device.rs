//! Known devices, which somebody has signed in from (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
//! Its failures are counted apart, and it waits for hashing in a queue that is for known devices alone. So neither
//! guesses from elsewhere nor a crowd can lock its owner out.
//!
//! One cookie holds the proofs of several people who share a browser. A proof has three parts, in hex digits:
//!
//! - the device's id;
//! - the tie to the password's hash: once the stored hash is another, or the name is another user's, the device is
//!   unknown;
//! - the site's signature of the id, the owner's name and the tie. It is checked without the store.

use ::cookie::time::Duration;
use subtle::ConstantTimeEq as _;

use super::keyed_hash::keyed_hash;
use super::session_cookie;
use crate::cgi::cookie_header;
use crate::config::Secret;
use crate::model::{LoginName, PasswordHash, Token, hex, is_hex};

/// Length of each part of a proof: 128 bits, two hex digits a byte.
const PART_LEN: usize = 32;

/// Length of a proof.
const PROOF_LEN: usize = 3 * PART_LEN;

/// Most proofs in one cookie, those of the last people who signed in.
const PROOFS_MAX: usize = 4;

/// The character between two proofs.
const SEPARATOR: char = '.';

/// How long a browser keeps the cookie, the longest time there is (RFC 6265bis, 5.5). Each sign-in starts it again.
const MAX_AGE: Duration = Duration::days(400);

/// A known device. It signs nobody in: only its failures are counted apart, and it waits in a queue apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    id: String,
}

/// The user who owns a device.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The login name.
    pub name: &'a LoginName,
    /// The hash of the password.
    pub password: &'a PasswordHash,
}

/// The proofs in a cookie; the latest sign-in comes first.
#[derive(Debug, Clone, Default)]
pub struct Proofs(Vec<String>);

/// A proof whose signature is right. Whether its owner's hash is still the same, only the store can say.
#[derive(Debug)]
pub struct Proof<'a> {
    id: &'a str,
    tie: &'a str,
}

impl Proofs {
    /// The proofs in a Cookie header, whoever owns them. Empty if there is no such cookie, if there are two, or if its
    /// value is not one that a sign-in sets.
    #[must_use]
    pub fn presented(header: &str, https: bool) -> Self {
        let mut values = cookie_header::named(header, name(https));
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

    /// The proof of the user with this name.
    #[must_use]
    pub fn for_name(&self, name: &LoginName, secret: &Secret) -> Option<Proof<'_>> {
        self.0.iter().find_map(|proof| {
            let (id, rest) = proof.split_at_checked(PART_LEN)?;
            let (tie, signature) = rest.split_at_checked(PART_LEN)?;
            let right = sign(id, name, tie, secret)?;
            bool::from(right.as_bytes().ct_eq(signature.as_bytes())).then_some(Proof { id, tie })
        })
    }

    /// The `Set-Cookie` that adds the proof of `owner` for `device` and keeps those of others. `None` on a site without
    /// a secret, where anybody could make a proof.
    #[must_use]
    pub fn with(
        &self,
        device: &Device,
        owner: &Owner<'_>,
        https: bool,
        secret: &Secret,
    ) -> Option<String> {
        let tie = tie(&device.id, owner.password, secret);
        let signature = sign(&device.id, owner.name, &tie, secret)?;
        let proof = format!("{}{tie}{signature}", device.id);
        let before = self.for_name(owner.name, secret).map(|proof| proof.id);
        let others = self.0.iter().filter(|one| one.get(..PART_LEN) != before);
        let proofs: Vec<&str> = [proof.as_str()]
            .into_iter()
            .chain(others.map(String::as_str))
            .take(PROOFS_MAX)
            .collect();
        let value = proofs.join(&SEPARATOR.to_string());
        let mut cookie = session_cookie::ours(name(https), value, https);
        cookie.set_max_age(MAX_AGE);
        Some(cookie.to_string())
    }
}

impl Proof<'_> {
    /// The device, if `password`, its owner's stored hash, is still the one of that sign-in.
    #[must_use]
    pub fn device(&self, password: &PasswordHash, secret: &Secret) -> Option<Device> {
        let right = tie(self.id, password, secret);
        let id = self.id.to_owned();
        bool::from(right.as_bytes().ct_eq(self.tie.as_bytes())).then_some(Device { id })
    }
}

impl Device {
    /// A device that becomes known with a session. Its id is as hard to guess as the session's token, and does not lead
    /// back to it.
    #[must_use]
    pub fn new(token: &Token, secret: &Secret) -> Self {
        let id = part(&keyed_hash(secret.expose(), "device id", &[token.secret()]));
        Self { id }
    }

    /// The id, for the throttle.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn tie(id: &str, password: &PasswordHash, secret: &Secret) -> String {
    part(&keyed_hash(
        secret.expose(),
        "device password",
        &[id, password.as_str()],
    ))
}

fn sign(id: &str, name: &LoginName, tie: &str, secret: &Secret) -> Option<String> {
    if secret.expose().is_empty() {
        return None;
    }
    let signature = keyed_hash(secret.expose(), "device", &[id, name.as_str(), tie]);
    Some(part(&signature))
}

/// The beginning of a hash, as long as a part of a proof (RFC 2104, 5).
fn part(hash: &[u8; 32]) -> String {
    let mut text = hex(hash);
    text.truncate(PART_LEN);
    text
}

/// The cookie's name for this request's scheme, chosen as the session cookie's name is.
#[must_use]
pub fn name(https: bool) -> &'static str {
    if https {
        "__Host-device"
    } else {
        "cgi-session-device"
    }
}
