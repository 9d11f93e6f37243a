//! The one integration program. Its folders say what the tests in them stand on:
//!
//! - `harness`: nothing; the others stand on it.
//! - `library`: functions of the library, and a store where they take one.
//! - `program`: one executable at a time, run without a server.
//! - `system`: the programs with web servers, database servers and browsers, and what they do when one of them fails.
//! - `long`: short forms of what runs for minutes or hours when it is called by its own script.
//! - `project`: the files of this project themselves.
//!
//! `tests/run` installs what the ignored tests need and runs them too.
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

#[cfg_attr(
    not(all(
        feature = "mysql",
        feature = "sqlite",
        feature = "tls",
        feature = "tools"
    )),
    allow(dead_code, unused_imports, reason = "a smaller build has fewer tests")
)]
mod harness;
mod library;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod long;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod program;
mod project;
mod system;
