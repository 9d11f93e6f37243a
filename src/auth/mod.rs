//! The rules of sign-in and of sessions, without SQL and without HTML.

pub mod device;
pub mod form_token;
pub mod hashing_queue;
mod keyed_hash;
pub mod lifetime;
mod network;
#[cfg(feature = "tools")]
pub mod new_password;
mod new_token;
pub mod next;
pub mod origin;
pub mod password;
pub mod referer;
pub mod rules;
pub mod session;
pub mod session_cookie;
pub mod session_data;
pub mod session_key;
pub mod sign_in;
pub mod throttle;
