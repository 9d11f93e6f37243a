//! What a visitor or a script sees: one file a page, and what all pages have in common.
//!
//! [`answer`] takes a request through the common checks to its page. The page asks its [`Visit`] for what it needs, and
//! makes a response with `reply`, which gives it the headers that every answer carries.

mod answer;
mod definition;
mod failure;
mod headers;
pub mod html;
mod links;
mod login;
mod logout;
mod presentation;
mod protected;
mod reply;
mod signed_out;
mod visit;

pub use answer::{Context, answer};
pub use definition::Page;
pub use failure::failure;
pub use headers::LAST_RESORT;
pub use links::Links;
pub use login::LOGIN;
pub use logout::LOGOUT;
pub use presentation::Presentation;
pub use protected::PROTECTED;
pub use visit::Visit;
