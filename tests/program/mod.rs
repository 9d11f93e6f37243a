//! One executable at a time, run as a web server or an administrator runs it, without a server.

mod cli;
mod configuration;
mod cookies;
#[cfg(feature = "mysql")]
mod cost;
mod environment;
mod files;
mod form;
mod guard;
mod guarded;
mod hardening;
mod life;
mod log;
mod next;
mod origin;
mod own_pages;
mod pages;
mod passwords;
mod proxies;
mod queue;
mod races;
mod request;
mod response;
mod serve;
mod session_data;
#[cfg(feature = "mysql")]
mod sockets;
mod throttle;
mod token;
mod upgrade;
#[cfg(feature = "mysql")]
mod variables;
mod visitors;
