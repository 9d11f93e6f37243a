//! Every sentence that a visitor or a script can read, in each language.
//!
//! Nothing else in the crate holds such a sentence. To add a language, add a file here and its line in [`LANGUAGES`].
//! The log is for the site's owner: its texts are in English, and not here.

mod chinese;
mod data_fault;
mod english;
mod language;
mod told;
mod wait;

use chinese::CHINESE;
pub use english::ENGLISH;
pub use language::{Texts, Unit};

/// Every language of the pages. A browser that asks for none of them gets the first.
pub const LANGUAGES: [&Texts; 2] = [&ENGLISH, &CHINESE];

impl Texts {
    /// The language with this tag, such as `zh-CN`.
    #[must_use]
    pub fn tagged(tag: &str) -> Option<&'static Self> {
        LANGUAGES.into_iter().find(|texts| texts.tag == tag)
    }
}
