//! What a visitor or a script sees: one file for each page, and what all pages have in common.
//!
//! `answer` makes the checks that all pages share, then calls the page. The page gets what it needs from its
//! [`Visit`], and makes a response with `reply`, which adds the headers that every answer carries.

mod answer;
mod definition;
mod failure;
mod files;
mod guarded;
mod headers;
mod html;
mod links;
mod login;
mod logout;
mod own;
mod presentation;
mod protected;
mod reply;
mod script;
mod script_variables;
mod signed_out;
mod visit;

pub use answer::{Context, answer};
pub use definition::Page;
pub use failure::failure;
pub use files::FILES;
pub use guarded::{Admission, Admitted, Told, admission};
pub use headers::LAST_RESORT;
pub use login::LOGIN;
pub use logout::LOGOUT;
pub use own::Html;
pub use presentation::Presentation;
pub use protected::PROTECTED;
pub use script::{Entry, SCRIPT, entry};
pub use script_variables::{Visitor, passed_on};
pub use visit::Visit;
