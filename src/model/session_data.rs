//! What a site keeps with a session, and the row of a visitor who never signed in.

use super::digest::Digest;
use super::time::Time;

/// The data of a row of `sessions`, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The session column.
    pub session: Digest,
    /// Whose data it is.
    pub holder: Holder,
    /// What the column `data` holds; `None` if nothing was saved yet.
    pub data: Option<String>,
    /// How often it was written. A write names the version that it has read, and changes nothing if there is another by
    /// then.
    pub version: i64,
}

/// Whose row of `sessions` it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A user's. Whether they are signed in is for a check of the session to say.
    User,
    /// A visitor's, who never signed in. The row has no user.
    Visitor {
        /// The last time at which data was saved.
        seen_at: Time,
        /// The end of the row, unless data is saved before.
        expires_at: Time,
    },
}

/// A visitor's row to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewVisitor<'a> {
    /// The session column.
    pub session: &'a Digest,
    /// What is saved.
    pub data: &'a str,
    /// When it is saved.
    pub now: Time,
    /// The end of the row, unless data is saved again before.
    pub expires_at: Time,
    /// The networks that the client lies in, from the narrowest on: what the column `remote_addr` begins with in all of
    /// their rows, and how many of these there may be, this one included. In this row, the column holds the first.
    pub networks: &'a [(String, i64); 3],
    /// How many rows all visitors may have, this one included.
    pub in_all: i64,
}

/// What became of a [`NewVisitor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// The row is there.
    Made,
    /// Nothing was written: a network that the client lies in has as many rows as it may have, which is this many.
    NetworkFull(i64),
    /// Nothing was written: all visitors together have as many rows as they may have.
    AllFull,
}
