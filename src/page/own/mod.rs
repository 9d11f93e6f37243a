//! A page of one's own: what the author of a page asks of a [`Visit`](super::Visit), and answers with.
//!
//! None of our own three programs reaches this.

mod definition;
mod form_token;
mod markup;
mod paths;
mod request;
mod response;
mod session_data;
mod without_server;

pub use markup::Html;
