//! Stands in for the crate `webpki-roots` where cgi-session is built (`[patch.crates-io]` in Cargo.toml).
//!
//! `mysql` trusts the Web's public authorities beside those of the file that it is given, and none of its
//! options changes that: whoever gets a certificate for the database's name from one of 140 companies would
//! pass for it, although `tls_ca` names one authority. Here there are none, so that the file is all.

use rustls_pki_types::TrustAnchor;

/// None.
pub const TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[];
