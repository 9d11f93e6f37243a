//! The nouns, with no I/O: what a session, a token, a user are.

mod attempts;
mod digest;
mod login_name;
mod session;
mod time;
mod token;
mod user;

pub use attempts::{
    Attempts, Blocked, Counted, FORGETTING, IN_A_ROW_MAX, Reserved, SIGN_INS_WITHIN, Settled,
    SignIns, Subject,
};
pub use digest::{DIGEST_LEN, Digest};
pub use login_name::{LOGIN_NAME_MAX, LoginName};
pub use session::{NewSession, Session, SessionRow};
pub use time::Time;
pub use token::{RANDOM_LEN, TOKEN_LEN, Token};
pub use user::{Credentials, User, UserId, UserRow};

/// Lower-case hex, as tokens and digests are written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| {
        char::from(if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        })
    };
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Whether `text` is `length` lower-case hex digits and nothing else.
pub(crate) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
