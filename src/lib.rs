//! A login for the web server you already have: pages of your own, as CGI programs behind the sign-in of
//! `cgi-session`.
//!
//! A page is a function. It becomes a program by [`run`], which goes into the folder of `login` and `logout`, under any
//! other name. This is a whole one, which only those who are signed in see:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use cgi_session::{Error, Html, Page, Response, Session, Visit};
//!
//! fn main() -> ExitCode {
//!     cgi_session::run(Page::signed_in("hello", hello))
//! }
//!
//! fn hello(visit: &mut Visit<'_>, session: &Session) -> Result<Response, Error> {
//!     let name = Html::text(session.login_name());
//!     visit.page("Hello", Html::trusted(format!("<p>Hello, {name}</p>")))
//! }
//! ```
//!
//! - [`Page`] says who sees the page, and whether it takes a form. [`Page::answer`] tests it without a web server.
//! - [`Visit`] is one request: the page asks it for the form, the query, the session, and answers by it.
//! - [`Session`] is who is signed in.
//! - [`Html`] is what a page shows. Text becomes HTML by being escaped.
//! - [`Error`] is why there is no page; every error becomes one of the site's pages, and a line in the log.
//!
//! `tests/examples/hello.rs` and `tests/examples/cart.rs`, a shopping cart, are whole programs.
//!
//! # What a page can reach
//!
//! A program has 5 seconds for its answer, 10 seconds of processor time, 512 MiB of memory and 64 descriptors. Once it
//! has asked for the session, it reaches no file, and over TCP only its store: a second line of defence, for the day
//! when there is a hole. [`Page::reaching`] keeps folders open, [`Page::unconfined`] everything.
//!
//! # What a build of your own is without
//!
//! Programs that are built in the clone of `cgi-session` are a little different from those of a crate that depends on
//! it, because cargo reads `[patch]`, `[profile]` and `.cargo/config.toml` only from the crate that it builds. All of
//! them check a session in the same way, but yours:
//!
//! - set up two regular expressions at each connection to MySQL, which the clone's stand-in for the crate `regex` does
//!   not: that is most of the work of a request;
//! - trust all public authorities, which the crate `webpki-roots` holds. Therefore they refuse a store's URL with
//!   `tls_ca=`, which promises to trust no authority but one. `tls=required` alone works;
//! - are linked dynamically, and start more slowly, unless you copy `.cargo/` and `[profile.release]` from the clone.
//!
//! # What is not public
//!
//! The modules are public only for this project's own programs and tests. They promise nothing, and change without
//! notice. Imports among them go down only:
//! `run -> page -> auth -> store -> model -> cgi, config, deadline, log, ownership, sandbox, texts, error`.

#[doc(hidden)]
pub mod auth;
#[doc(hidden)]
pub mod cgi;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod deadline;
#[doc(hidden)]
pub mod error;
#[doc(hidden)]
pub mod log;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod ownership;
#[doc(hidden)]
pub mod page;
mod run;
#[doc(hidden)]
pub mod sandbox;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod texts;

pub use cgi::{Form, Response};
pub use error::Error;
pub use model::Session;
pub use page::{Html, Page, Visit};
#[doc(hidden)]
pub use run::guard;
pub use run::run;
