//! What goes wrong below us: each way of it, made for real, and what a visitor is told then.
//!
//! A fault is 503 and never "please sign in"; the cookie is untouched, and works when the fault is over.

mod calls;
mod crowd;
mod disk;
mod files;
mod hang;
mod hosts;
mod limits;
mod link;
mod locks;
mod memory;
mod proxy;
mod rogue;
mod rows;
pub mod server;
mod stdio;
mod three;
#[cfg(feature = "tls")]
mod tls;
mod touch;
