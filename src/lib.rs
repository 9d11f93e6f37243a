//! A login for the web server you already have: what `login`, `logout` and `protected` share.
//!
//! A CGI program is [`run`] with a [`page`]; the other modules are what those two are made of, and are
//! public for the administration and the tests. Imports go down only:
//! `run -> page -> auth -> store -> model -> cgi, config, confine, deadline, log, ownership, texts, error`.

pub mod auth;
pub mod cgi;
pub mod config;
pub mod confine;
pub mod deadline;
pub mod error;
pub mod log;
pub mod model;
pub mod ownership;
pub mod page;
mod run;
pub mod store;
pub mod texts;

pub use run::run;
