//! What a page of one's own asks of the request.

use crate::cgi::{Form, Method};
use crate::error::Error;
use crate::page::Visit;

impl<'a> Visit<'a> {
    /// Whether the visitor sent a form. Otherwise the request only reads, by GET or HEAD, and the page should change
    /// nothing.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.request.method == Method::Post
    }

    /// The fields of the form. There are none unless the page is [with a form](crate::Page::with_form) and the visitor
    /// sent one.
    #[must_use]
    pub fn form(&self) -> &'a Form {
        self.form
    }

    /// The fields of the URL's query: `a` and `b` in `/cgi-bin/hello?a=1&b=2`.
    ///
    /// # Errors
    /// 400 if the query is malformed.
    pub fn query(&self) -> Result<Form, Error> {
        Form::from_query(self.request)
    }

    /// What follows the program's name in the URL's path, decoded: `/a b` of `/cgi-bin/hello/a%20b`. It is empty unless
    /// the page is [with it](crate::Page::with_path_info).
    ///
    /// # Errors
    /// 400 if it is not UTF-8.
    pub fn path_info(&self) -> Result<&'a str, Error> {
        let bytes = self.variables.bytes("PATH_INFO").unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| Error::VariableInvalid("PATH_INFO"))
    }

    /// Whether the visitor came over HTTPS, as the web server or a trusted proxy reports. Over plain HTTP, pages answer
    /// only if `http.allow_http` is set.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.request.https
    }

    /// Whether the client prefers JSON to HTML, by its `Accept` header. The errors of a page are JSON then, too.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.presentation.json
    }

    /// The language of the site's layout and texts for this visitor: `en` or `zh-CN`, by the `Accept-Language` header
    /// or the setting `page.language`.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.presentation.texts.tag
    }
}
