//! Browsers, and Mozilla's rules for what a site sends to them: scripts for node, run against servers.

pub mod chromium;
#[cfg(feature = "mysql")]
mod guard;
mod observatory;
mod walk;
