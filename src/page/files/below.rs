//! A path below a folder, with nothing in it that could lead out.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Segments below a folder: none is empty or begins with a dot, and no byte is a NUL or a backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Below(Vec<u8>);

impl Below {
    /// Checks the rest of a path behind its folder. `None` if a segment begins with a dot, which a hidden file does and
    /// `..` too, or if the path holds a NUL or a backslash.
    #[must_use]
    pub fn parse(rest: &[u8]) -> Option<Self> {
        let mut path = Vec::with_capacity(rest.len());
        for segment in rest.split(|b| *b == b'/') {
            if segment.starts_with(b".") || segment.contains(&0) || segment.contains(&b'\\') {
                return None;
            }
            if !segment.is_empty() {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(segment);
            }
        }
        Some(Self(path))
    }

    /// The path of the file `name` in the folder at this path.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut path = self.0.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        Self(path)
    }

    /// The segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .split(|b| *b == b'/')
            .filter(|segment| !segment.is_empty())
    }

    /// The last segment; empty for the folder itself.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.segments().last().unwrap_or_default()
    }

    /// The path, relative to its folder; `.` for the folder itself.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        let path: &[u8] = if self.0.is_empty() { b"." } else { &self.0 };
        Path::new(OsStr::from_bytes(path))
    }
}

#[cfg(test)]
mod tests {
    use super::Below;

    #[test]
    fn no_segment_leads_out_or_is_hidden() {
        let path = |rest: &str| {
            let below = Below::parse(rest.as_bytes())?;
            Some(below.as_path().display().to_string())
        };
        for (rest, expected) in [
            ("/a.pdf", Some("a.pdf")),
            ("//b//c.pdf", Some("b/c.pdf")),
            ("", Some(".")),
            ("/", Some(".")),
            ("/b/", Some("b")),
            ("/../a.pdf", None),
            ("/./a.pdf", None),
            ("/b/..", None),
            ("/.htpasswd", None),
            ("/.git/config", None),
            ("/b/...", None),
            ("/a\\b", None),
            ("/a\0b", None),
        ] {
            assert_eq!(path(rest).as_deref(), expected, "{rest:?}");
        }
        let index = Below::parse(b"/b").map(|folder| folder.join("index.html"));
        assert_eq!(index.as_ref().map(Below::name), Some(&b"index.html"[..]));
    }
}
