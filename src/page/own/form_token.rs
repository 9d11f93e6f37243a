//! The form token of a page of one's own: the page puts it into its forms, and a form without it is refused.

use super::Html;
use crate::auth::form_token;
use crate::error::Error;
use crate::page::Visit;

impl Visit<'_> {
    /// The form token of the visitor's session, for a form that this page shows. It is empty as long as the visitor has
    /// no session: then there is nothing that a form of another site could abuse.
    #[must_use]
    pub fn form_token(&self) -> String {
        self.token()
            .map_or_else(String::new, |token| form_token::for_session(&token))
    }

    /// The hidden field with the form token. Each form of a page [with a form](crate::Page::with_form) holds it.
    #[must_use]
    pub fn form_token_field(&self) -> Html {
        Html::trusted(format!(
            r#"<input type="hidden" name="{}" value="{}">"#,
            form_token::FIELD,
            self.form_token()
        ))
    }
}

/// Refuses the form of a browser that presents a session, unless it brings the session's form token.
pub fn check(visit: &Visit<'_>) -> Result<(), Error> {
    let Some(token) = visit.token() else {
        return Ok(());
    };
    let presented = visit.form.get(form_token::FIELD)?;
    if form_token::allows(visit.request, &token, presented) {
        Ok(())
    } else {
        Err(Error::FormOutOfDate)
    }
}
