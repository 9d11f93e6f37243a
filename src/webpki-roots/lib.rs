//! Replaces the crate `webpki-roots`, the Web's public authorities, when cgi-session is built (`[patch.crates-io]` in
//! Cargo.toml).
//!
//! `mysql` trusts these authorities in addition to those of the configured file, and none of its options changes that.
//! An attacker who gets a certificate for the database's name from one of 140 companies could pose as the database,
//! although `tls_ca` names one authority. This crate holds no authority, so only those of the file are trusted.

use rustls_pki_types::TrustAnchor;

/// No authority.
pub const TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[];
