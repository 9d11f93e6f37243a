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

    /// The path of `file` behind `folder`, both absolute; `None` if the text of the one does not begin with the other,
    /// or if [`Below::parse`] refuses the rest.
    #[must_use]
    pub fn of(file: &[u8], folder: &Path) -> Option<Self> {
        let folder = folder.as_os_str().as_bytes();
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        let rest = file.strip_prefix(folder)?;
        (rest.is_empty() || rest.starts_with(b"/")).then(|| Self::parse(rest))?
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
        self.0.split(|b| *b == b'/').filter(|segment| !segment.is_empty())
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
    use std::path::Path;

    #[test]
    fn a_path_leads_to_nothing_but_files_below_its_folder() {
        let below = |file: &str| Below::of(file.as_bytes(), Path::new("/srv/www/"));
        let path = |file| below(file).map(|below| below.as_path().display().to_string());
        for (file, expected) in [
            ("/srv/www/a.pdf", Some("a.pdf")),
            ("/srv/www//b//c.pdf", Some("b/c.pdf")),
            ("/srv/www", Some(".")),
            ("/srv/www/", Some(".")),
            ("/srv/www/b/", Some("b")),
            ("/srv/www2/a.pdf", None),
            ("/srv/a.pdf", None),
            ("a.pdf", None),
            ("", None),
            ("/srv/www/../a.pdf", None),
            ("/srv/www/./a.pdf", None),
            ("/srv/www/b/..", None),
            ("/srv/www/.htpasswd", None),
            ("/srv/www/.git/config", None),
            ("/srv/www/a\\b", None),
            ("/srv/www/a\0b", None),
        ] {
            assert_eq!(path(file).as_deref(), expected, "{file:?}");
        }
        let folder = below("/srv/www/b");
        let index = folder.map(|folder| folder.join("index.html"));
        assert_eq!(index.as_ref().map(Below::name), Some(&b"index.html"[..]));
    }
}
