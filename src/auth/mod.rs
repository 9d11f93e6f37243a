//! The rules of sign-in and of sessions, without SQL and without HTML.

pub mod cookie;
pub mod device;
pub mod form_token;
mod keyed_hash;
pub mod life;
mod network;
#[cfg(feature = "tools")]
pub mod new_password;
pub mod next;
pub mod origin;
pub mod password;
pub mod queue;
pub mod referer;
pub mod session;
pub mod sign_in;
pub mod throttle;
