//! The programs with web servers, database servers and browsers, and what they do when one of them fails.

#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod backup;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod bodies;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod browser;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod check;
#[cfg(all(feature = "mysql", feature = "tools"))]
mod deployment;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod end_to_end;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod fail2ban;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
pub mod faults;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod files;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
pub mod guard;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod guard_check;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod guarded_paths;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod own_crate;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod own_pages;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod sizes;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
mod try_it;
