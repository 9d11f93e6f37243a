//! HTML that a page of one's own shows.

use std::fmt::{self, Display, Write as _};

/// A piece of HTML. It cannot hold text that was not escaped, unless the author vouches for it.
///
/// ```
/// use cgi_session::Html;
///
/// let name = Html::text("<script>");
/// assert_eq!(name.to_string(), "&lt;script&gt;");
///
/// let list: Html = ["tea", "bread & butter"]
///     .into_iter()
///     .map(|item| Html::trusted(format!("<li>{}</li>", Html::text(item))))
///     .collect();
/// assert_eq!(list.to_string(), "<li>tea</li><li>bread &amp; butter</li>");
/// ```
///
/// A template of the crate `askama` escapes by itself, so that its output is trusted:
///
/// ```
/// use askama::Template;
/// use cgi_session::{Error, Html, Response, Visit};
///
/// #[derive(Template)]
/// #[template(source = "<p>Hello, {{ name }}</p>", ext = "html")]
/// struct Hello<'a> {
///     name: &'a str,
/// }
///
/// fn hello(visit: &mut Visit<'_>) -> Result<Response, Error> {
///     let html = Hello { name: "<you>" }.render();
///     let html = html.map_err(|why| Error::status(500, why.to_string()))?;
///     visit.page("Hello", Html::trusted(html))
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Text, with the characters escaped that have a meaning in HTML. It is safe between tags, and as an attribute's
    /// value in quotation marks. It is not safe as a URL that a visitor has chosen, in a style or in a script.
    #[must_use]
    pub fn text(text: impl Display) -> Self {
        let mut escaping = Escaping(String::new());
        // Writing to a string fails only if the value's own `Display` does.
        let _ = write!(escaping, "{text}");
        Self(escaping.0)
    }

    /// HTML for which the author of the page vouches: whatever a visitor can choose has passed [`Html::text`].
    #[must_use]
    pub fn trusted(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// The HTML, moved out.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Pieces in a row.
impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Self {
        Self(pieces.into_iter().map(|Html(piece)| piece).collect())
    }
}

/// Escapes what is written to it.
struct Escaping(String);

impl fmt::Write for Escaping {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}
