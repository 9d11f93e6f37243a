//! What the tests stand on. Its only tests are of itself.
//!
//! - [`Program`] runs one executable as a web server does, and [`Answer`] is what came back. [`Run`] is one run where
//!   something is broken below the program.
//! - [`Site`] is a folder with a configuration and a store, whose programs a test runs itself.
//! - [`Deployment`] is what a web server serves: the executables too, all of it owned by the server's user.
//! - [`TestStore`] is a store alone, and what its rows are behind the programs' backs.
//! - `database` and `web` start private servers: real ones, in a temporary folder, on loopback, ended with the test.
//!   They run as root or as any user. Started by root, the web servers serve as `www-data`, who owns the site's
//!   folders, as on a real machine.

#[cfg(feature = "tools")]
mod administration;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod answer;
pub mod database;
pub mod deployment;
pub mod files;
mod guarded;
pub mod machine;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
pub mod mysql_protocol;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod php;
pub mod process;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod program;
pub mod readme;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod run;
mod self_test;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod sent;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod site;
#[cfg(all(feature = "tools", any(feature = "mysql", feature = "sqlite")))]
mod store;
pub mod tls;
pub mod user;
pub mod web;

#[cfg(feature = "tools")]
pub use administration::{ADMINISTRATION, Done, administer, run};
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub use answer::Answer;
pub use deployment::Deployment;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub use program::{Program, encoded, executable, has_landlock, write_with_mode};
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub use run::{Run, at_once};
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub use sent::Sent;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub use site::{NAME, PASSWORD, Row, Site, hash, now, permit};
#[cfg(all(feature = "tools", any(feature = "mysql", feature = "sqlite")))]
pub use store::{TestStore, stored_hash};
