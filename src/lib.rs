//! A login for the web server you already have: what `login`, `logout` and `protected` share.
//!
//! A CGI program calls [`run`] with a page from [`page`]. The other modules are public only for the administration and
//! the tests. Imports go down only:
//! `run -> page -> auth -> store -> model -> cgi, config, deadline, log, ownership, sandbox, texts, error`.

pub mod auth;
pub mod cgi;
pub mod config;
pub mod deadline;
pub mod error;
pub mod log;
pub mod model;
pub mod ownership;
pub mod page;
mod run;
pub mod sandbox;
pub mod store;
pub mod texts;

pub use run::{guard, run};
