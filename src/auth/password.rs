//! How passwords are compared and stored (OWASP Password Storage, NIST SP 800-63B-4).

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;

use super::throttle::Permit;
use crate::error::Error;
use crate::model::PasswordHash;

/// Longest password, in bytes as it is sent.
pub const PASSWORD_MAX: usize = 1024;

/// Most memory that a stored hash may ask for, in KiB: a hostile row must not use up the machine.
const MEMORY_MAX: u32 = 128 * 1024;

/// Most work that a stored hash may ask for, in KiB times passes: 14 times ours, and twice PHP's (64 MiB, 4 passes).
const WORK_MAX: u64 = 512 * 1024;

/// Most lanes that a stored hash may ask for.
const LANES_MAX: u32 = 16;

/// The hash that is verified for an unknown user. It has our parameters, and no password has it: its 32 bytes are not
/// the output of a hash.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y2dpLXNlc3Npb24gbm9ib2R5\
    $bm9ib2R5J3MgcGFzc3dvcmQgaXMgbm90aGluZyBhdCA";

/// A password as it is compared: in NFC, and otherwise as it was typed (NIST SP 800-63B-4, 3.1.1.2).
pub struct Password(String);

/// Hides it.
impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Password {
    /// The password that `text` spells; `None` if it is longer than [`PASSWORD_MAX`]. Nothing is trimmed or cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= PASSWORD_MAX).then(|| Self(text.nfc().collect()))
    }

    /// The text itself, for the rules of a new password.
    #[cfg(feature = "tools")]
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The length in characters, as people count it.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.0.chars().count()
    }
}

/// What a verification found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not this password.
    Wrong,
    /// This password.
    Right,
    /// This password, and its hash is weaker than what [`hash`] makes.
    RightButWeak,
}

/// Hashes a password: Argon2id, 19 MiB, 2 passes, 1 lane (OWASP's minimum), 16 bytes of salt, as a
/// PHC string.
///
/// # Errors
/// If there is no random salt, or no memory.
pub fn hash(password: &Password) -> Result<PasswordHash, Error> {
    let hash = argon2().hash_password(password.0.as_bytes());
    hash.map(|hash| PasswordHash::from_phc(hash.to_string()))
        .map_err(|why| Error::Hashing(why.to_string()))
}

/// Compares a password with a stored hash. For an unknown user it compares with a hash that no password has, which
/// costs the same. If the stored text is no hash, or would cost more than the limits, the password is wrong, at the
/// usual cost. The permit proves that the try was counted.
///
/// # Errors
/// If there is no memory.
pub fn verify(
    password: &Password,
    stored: Option<&PasswordHash>,
    _permit: &Permit,
) -> Result<Verdict, Error> {
    let parsed = stored.and_then(|hash| Phc::new(hash.as_str()).ok());
    let known = parsed.filter(|hash| hash.hash.is_some() && is_bearable(hash));
    // An unknown version or a short salt is refused before anything is hashed.
    let tried = known.and_then(|hash| Some((is_right(password, &hash).ok()?, is_weak(&hash))));
    let Some((right, weak)) = tried else {
        let nobody = Phc::new(NOBODY).map_err(|why| Error::Hashing(why.to_string()))?;
        is_right(password, &nobody)?;
        return Ok(Verdict::Wrong);
    };
    Ok(match (right, weak) {
        (false, _) => Verdict::Wrong,
        (true, false) => Verdict::Right,
        (true, true) => Verdict::RightButWeak,
    })
}

fn is_right(password: &Password, hash: &Phc) -> Result<bool, Error> {
    match argon2().verify_password(password.0.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(why) => Err(Error::Hashing(why.to_string())),
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn params(hash: &Phc) -> Option<Params> {
    Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    Params::try_from(hash).ok()
}

fn is_bearable(hash: &Phc) -> bool {
    params(hash).is_some_and(|params| {
        params.m_cost() <= MEMORY_MAX
            && u64::from(params.m_cost()) * u64::from(params.t_cost()) <= WORK_MAX
            && params.p_cost() <= LANES_MAX
    })
}

fn is_weak(hash: &Phc) -> bool {
    let ours = Params::DEFAULT;
    let version = Some(u32::from(Version::V0x13));
    hash.algorithm.as_str() != "argon2id"
        || hash.version != version
        || params(hash)
            .is_none_or(|theirs| theirs.m_cost() < ours.m_cost() || theirs.t_cost() < ours.t_cost())
}
