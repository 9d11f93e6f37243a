//! The rules, with no SQL and no HTML.

pub mod cookie;
pub mod device;
pub mod gate;
mod keyed_hash;
pub mod life;
pub mod next;
pub mod origin;
pub mod password;
pub mod session;
pub mod sign_in;
pub mod throttle;
