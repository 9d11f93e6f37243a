//! The nouns, with no I/O: what a session, a token, a user are.

mod attempts;
mod digest;
mod group_name;
mod hex;
mod login_name;
mod password_hash;
mod session;
mod session_data;
mod time;
mod token;
mod user;

pub use attempts::{
    Attempts, Blocked, Counted, FORGETTING, IN_A_ROW_MAX, Limit, Reserved, Rule, SIGN_INS_WITHIN,
    Settled, SignIns, Subject, Try,
};
pub use digest::{DIGEST_LEN, DIGITS_SHOWN, Digest};
pub use group_name::{GROUP_NAME_MAX, GroupName};
pub(crate) use hex::{hex, is_hex};
pub use login_name::{LOGIN_NAME_MAX, LoginName};
pub use password_hash::PasswordHash;
pub use session::{NewSession, Opening, Session, SessionRow};
pub use session_data::{Added, Holder, Kept, NewVisitor};
pub use time::Time;
pub use token::{RANDOM_LEN, TOKEN_LEN, Token};
pub use user::{Credentials, User, UserId, UserRow};
