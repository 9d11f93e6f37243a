//! Functions of the library, and a store where they take one.

#[cfg(all(feature = "sqlite", feature = "tools"))]
mod configuration;
#[cfg(all(feature = "tools", any(feature = "mysql", feature = "sqlite")))]
mod contract;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod cookies;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod form;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod form_token;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod life;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod log;
mod login_name;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod new_passwords;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod next;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod origin;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod own_pages;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod passwords;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod request;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod response;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod rules;
mod session_data;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod session_data_of_a_page;
#[cfg(all(feature = "sqlite", feature = "tools"))]
pub mod throttle;
#[cfg(all(feature = "sqlite", feature = "tools"))]
mod token;
pub mod url_path;
