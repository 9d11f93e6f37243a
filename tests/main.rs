//! The one integration program; a file per topic. `tests/run` installs what the ignored tests
//! need and runs them too.
#![allow(
    clippy::doc_markdown,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod serve;
#[expect(dead_code, reason = "the scenarios come next")]
mod server;
mod servers;
