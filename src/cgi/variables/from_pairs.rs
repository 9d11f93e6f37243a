//! Variables that do not come from the environment: a test's.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::Variables;

impl<'a> FromIterator<(&'a str, &'a [u8])> for Variables {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(pairs: I) -> Self {
        let owned =
            |(name, value): (&str, &[u8])| (name.into(), OsString::from_vec(value.to_vec()));
        pairs.into_iter().map(owned).collect()
    }
}
