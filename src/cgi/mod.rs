//! CGI/1.1 (RFC 3875): a request's variables and body, and the response. Nothing here knows of sessions.

mod accept;
mod body;
mod client;
pub mod cookie_header;
pub mod cookie_removal;
mod file_range;
mod form;
mod guarded_request;
mod request;
mod response;
mod url_path;
mod variables;

pub use accept::{preferred_language, prefers_json};
pub use body::Body;
pub use file_range::FileRange;
pub use form::Form;
pub use guarded_request::{Called, GuardedRequest};
pub use request::{Method, Request};
pub use response::{HEADER_BLOCK_MAX, HeaderValue, Response, reason};
pub use url_path::UrlPath;
pub use variables::Variables;
