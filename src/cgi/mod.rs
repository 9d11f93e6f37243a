//! CGI/1.1 (RFC 3875), and nothing about sessions: what came in, what goes out.

mod accept;
mod client;
pub mod cookies;
mod form;
mod request;
mod response;
mod variables;

pub use accept::{preferred_language, prefers_json};
pub use form::Form;
pub use request::{Method, Request};
pub use response::{HEADER_BLOCK_MAX, HeaderValue, Response, reason};
pub use variables::Variables;
