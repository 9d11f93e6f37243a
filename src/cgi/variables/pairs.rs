//! Variables as a list of names and values, for what does not ask for them by name.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use super::Variables;

impl Variables {
    /// Every variable and its value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&OsStr, &[u8])> {
        let pairs = self.0.iter();
        pairs.map(|(name, value)| (name.as_os_str(), value.as_bytes()))
    }
}

impl<'a> FromIterator<(&'a str, &'a [u8])> for Variables {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(pairs: I) -> Self {
        let owned =
            |(name, value): (&str, &[u8])| (name.into(), OsString::from_vec(value.to_vec()));
        pairs.into_iter().map(owned).collect()
    }
}
