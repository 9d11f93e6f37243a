//! Devices that somebody has signed in from: they keep their own count of failures, so that nobody who guesses
//! elsewhere can lock their owner out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use ::cookie::time::Duration;
use subtle::ConstantTimeEq as _;

use super::cookie;
use super::keyed_hash::keyed_hash;
use crate::cgi::cookies;
use crate::config::Secret;
use crate::model::{LoginName, Token, hex};

/// Length of a device's id: 128 bits, two hex digits a byte.
const ID_LEN: usize = 32;

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
    /// Their password's hash: with another password, or as another user of that name, nobody's device is known.
    pub password: &'a str,
}

impl Device {
    /// The device in a Cookie header, if the cookie is ours and was made for `owner`.
    #[must_use]
    pub fn presented(
        header: &str,
        https: bool,
        owner: &Owner<'_>,
        secret: &Secret,
    ) -> Option<Self> {
        let mut values = cookies::named(header, name(https));
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let device = Self {
            id: value.get(..ID_LEN)?.to_owned(),
        };
        let right = device.value(owner, secret)?;
        bool::from(right.as_bytes().ct_eq(value.as_bytes())).then_some(device)
    }

    /// A device that is new with a session: as unguessable as its token, and no way back to that.
    #[must_use]
    pub fn new(token: &Token, secret: &Secret) -> Self {
        let mut id = hex(&keyed_hash(secret.expose(), "device id", &[token.secret()]));
        id.truncate(ID_LEN);
        Self { id }
    }

    /// For the throttle.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The `Set-Cookie` that makes this device known to be `owner`'s; none on a site without a secret, where
    /// anybody could make one.
    #[must_use]
    pub fn set(&self, https: bool, owner: &Owner<'_>, secret: &Secret) -> Option<String> {
        let mut cookie = cookie::ours(name(https), self.value(owner, secret)?, https);
        cookie.set_max_age(MAX_AGE);
        Some(cookie.to_string())
    }

    /// The id, and the site's word that it is one of `owner`'s devices.
    fn value(&self, owner: &Owner<'_>, secret: &Secret) -> Option<String> {
        if secret.expose().is_empty() {
            return None;
        }
        let proof = keyed_hash(
            secret.expose(),
            "device",
            &[&self.id, owner.name.as_str(), owner.password],
        );
        Some(format!("{}{}", self.id, hex(&proof)))
    }
}

/// As the session's: only the name of this request's scheme counts.
fn name(https: bool) -> &'static str {
    if https {
        "__Host-device"
    } else {
        "cgi-session-device"
    }
}
