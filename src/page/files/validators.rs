//! The validators of a file, by which a client tells whether its copy is still right (RFC 9110, 8.8).

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, UNIX_EPOCH};

use crate::model::Time;

/// An `ETag` and a `Last-Modified`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag with its quotes, without `W/`.
    pub tag: String,
    /// Whether the tag says no more than that the file is about the same.
    pub weak: bool,
    /// Seconds since 1970.
    pub modified: i64,
}

impl Validators {
    /// The validators of an open file at `now`.
    ///
    /// A file that was modified in this second or the one before may be modified once more within the resolution of
    /// its time, and have the same size then. So its tag is weak, and its date no better (RFC 9110, 8.8.1 and 8.8.2.2).
    #[must_use]
    pub fn of(about: &Metadata, now: Time) -> Self {
        let (seconds, nanoseconds) = (about.mtime(), about.mtime_nsec());
        Self {
            tag: format!(
                "\"{:x}-{:x}-{seconds:x}.{nanoseconds:x}\"",
                about.ino(),
                about.size()
            ),
            weak: seconds >= now.0 - 1,
            // No date may be later than that of the answer (RFC 9110, 8.8.2.1).
            modified: seconds.min(now.0),
        }
    }

    /// The value of `ETag`.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("{}{}", if self.weak { "W/" } else { "" }, self.tag)
    }

    /// The value of `Last-Modified`; `None` if no such date can be written.
    #[must_use]
    pub fn last_modified(&self) -> Option<String> {
        let seconds = u64::try_from(self.modified).ok()?;
        // From the year 10000 on, HTTP has no date.
        (seconds < 253_402_300_800)
            .then(|| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds)))
    }
}
