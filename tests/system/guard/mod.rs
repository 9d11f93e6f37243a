//! Other people's scripts behind `cgi-session-guard`, in real web servers.

mod languages;
mod process;
pub mod running;
