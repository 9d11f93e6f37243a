//! The definition of a page that guards what is not ours.

use crate::cgi::{Called, Variables};
use crate::page::Page;

impl Page {
    /// The same page, which guards other people's files or scripts. `called` says how the server calls it. Links of its
    /// answers lead back to what was asked for.
    #[doc(hidden)]
    #[must_use]
    pub const fn guarding(mut self, called: fn(&Variables) -> Called) -> Self {
        self.guards = Some(called);
        self.with_path_info()
    }

    /// The same page, which sends files.
    pub(in crate::page) const fn with_files(mut self) -> Self {
        self.sends_files = true;
        self
    }
}
