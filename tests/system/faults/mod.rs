//! Faults below the programs: each is made for real, and each test says what the visitor is told.
//!
//! A fault means 503 and never "please sign in". The cookie stays as it is, and works once the fault is over.

mod all_requests;
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
#[cfg(feature = "tls")]
mod tls;
mod touch;
