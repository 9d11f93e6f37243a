//! cgi-session

/// What a visitor or a script sees.
pub mod page {
    pub mod html;
    pub mod texts;
}
