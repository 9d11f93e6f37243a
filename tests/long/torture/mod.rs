//! Every system call of every program fails once, and is the last one once; requests are killed at any
//! moment. Every promise is kept then, and both stores stay whole.
//!
//! `tests/run` takes a sample of it; `tests/long/torture/run` takes all.

mod calls;
mod ground;
mod kill;
mod trace;

/// Whether all of it is asked for.
fn is_whole() -> bool {
    std::env::var_os("CGI_SESSION_TORTURE").is_some_and(|form| form == "whole")
}
