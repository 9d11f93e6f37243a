//! The one integration program; a file per topic.
#![allow(
    clippy::doc_markdown,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests"
)]

#[cfg(all(feature = "sqlite", feature = "tools"))]
mod configuration;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod cookies;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod environment;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod form;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod life;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod log;
mod login_name;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod next;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod origin;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod pages;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod passwords;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod program;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod races;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod request;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod response;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod token;
