//! The media type of a file, for `Content-Type`.

use std::path::Path;

/// The type of a file whose extension says nothing.
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file by its extension. `begins` are its first bytes.
///
/// Text that begins as UTF-8 is called UTF-8. HTML and XML name their own encoding, and a header would overrule them.
#[must_use]
pub fn media_type(path: &Path, begins: &[u8]) -> String {
    let kind = mime_guess::from_path(path).first_raw().unwrap_or(UNKNOWN);
    let names_its_own = matches!(kind, "text/html" | "text/xml");
    if kind.starts_with("text/") && !names_its_own && is_utf8(begins) {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// Whether a text begins as UTF-8; its last character may be cut.
fn is_utf8(begins: &[u8]) -> bool {
    match std::str::from_utf8(begins) {
        Ok(_) => true,
        Err(why) => why.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::media_type;
    use std::path::Path;

    #[test]
    fn a_type_follows_from_the_extension_and_a_charset_from_the_text() {
        for (name, begins, expected) in [
            ("a.pdf", "%PDF", "application/pdf"),
            ("A.PDF", "%PDF", "application/pdf"),
            ("a.txt", "错误", "text/plain; charset=utf-8"),
            ("a.css", "p{}", "text/css; charset=utf-8"),
            ("a.html", "<p>错误", "text/html"),
            ("a.png", "", "image/png"),
            ("a.mp4", "", "video/mp4"),
            ("a.webm", "", "video/webm"),
            ("a.tar.gz", "", "application/gzip"),
            ("a.unheard-of", "", "application/octet-stream"),
            ("README", "", "application/octet-stream"),
        ] {
            assert_eq!(
                media_type(Path::new(name), begins.as_bytes()),
                expected,
                "{name}"
            );
        }
        let of_text = |begins: &[u8]| media_type(Path::new("a.txt"), begins);
        assert_eq!(of_text(b"\xb4\xed\xce\xf3"), "text/plain");
        assert_eq!(of_text(b"cut \xe9\x94"), "text/plain; charset=utf-8");
    }
}
