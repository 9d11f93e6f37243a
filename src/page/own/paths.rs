//! The paths to which a page of one's own links.

use crate::auth::next::Next;
use crate::page::Visit;

impl<'a> Visit<'a> {
    /// The path of this page in a URL, such as `/cgi-bin/hello`.
    #[must_use]
    pub fn path(&self) -> &'a str {
        &self.presentation.links.here
    }

    /// The path of the login page, which leads back to this page.
    #[must_use]
    pub fn sign_in_path(&self) -> String {
        let login = self.presentation.links.login();
        match Next::parse(self.path()) {
            Some(next) => format!("{login}?next={}", next.in_query()),
            None => login,
        }
    }

    /// The path of the sign-out page, which asks before it signs out.
    #[must_use]
    pub fn sign_out_path(&self) -> String {
        self.presentation.links.program("logout")
    }
}
