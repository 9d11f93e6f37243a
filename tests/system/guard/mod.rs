//! Other people's scripts behind `cgi-session-guard`, in real web servers.

mod carts;
mod languages;
mod process;
mod refusals;
pub mod running;
mod snippets;
