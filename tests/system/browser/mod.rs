//! Browsers, and Mozilla's rules for what a site sends them: programs for node, started on servers.

mod chromium;
mod observatory;
mod walk;
