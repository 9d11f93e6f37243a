//! The one integration program; a file per topic. `tests/run` installs what the ignored tests
//! need and runs them too.
#![allow(
    clippy::doc_markdown,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod backup;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod bodies;
mod browser;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod check;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod cli;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod cluster;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod configuration;
#[cfg(all(feature = "tools", any(feature = "mysql", feature = "sqlite")))]
mod contract;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod cookies;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod cost;
mod dependent;
mod deployment;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod end_to_end;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod environment;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod fail2ban;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod faults;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod form;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod form_token;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod fuzz;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod hardening;
mod layers;
mod licences;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod life;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod load;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod log;
mod login_name;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod new_passwords;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod next;
mod observatory;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod origin;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod pages;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod passwords;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod program;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod protocol;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod proxies;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod queue;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod races;
mod readme;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod request;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod response;
mod schema;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod serve;
#[cfg_attr(
    not(all(feature = "sqlite", feature = "tls", feature = "tools")),
    allow(dead_code, reason = "a smaller build has fewer tests")
)]
mod server;
mod servers;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod sizes;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod sockets;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod throttle;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod token;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod torture;
mod try_it;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod upgrade;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod variables;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod visitors;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod walk;
mod weaknesses;
