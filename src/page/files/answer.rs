//! The answer that is a file, or a part of it.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::sync::Arc;

use super::below::Below;
use super::conditions::{Outcome, outcome};
use super::media_type::media_type;
use super::range::{Wanted, wanted};
use super::validators::Validators;
use crate::cgi::{FileRange, HEADER_BLOCK_MAX, Method, Response};
use crate::error::Error;
use crate::page::headers::{STRICTEST, secured};
use crate::page::visit::Visit;

/// Bytes of a file that is read whole, so that its header block and it leave in one write.
const SMALL: u64 = 16 << 10;

/// Bytes that are read of any other file, to see what it is.
const BEGINNING: usize = 512;

/// An open file, and its first bytes.
#[derive(Debug)]
pub struct Opened {
    file: File,
    /// What the system says of it.
    pub about: Metadata,
    /// The first bytes; all of them if the file is small.
    pub begins: Vec<u8>,
}

impl Opened {
    /// Reads the first bytes of a file.
    ///
    /// # Errors
    /// If that fails.
    pub fn read(file: File) -> Result<Self, Error> {
        let failed = |why| Error::Io("read a file", why);
        let about = file.metadata().map_err(failed)?;
        let most = if about.size() <= SMALL {
            usize::try_from(about.size()).unwrap_or(BEGINNING)
        } else {
            BEGINNING
        };
        let begins = beginning(&file, most).map_err(failed)?;
        Ok(Self {
            file,
            about,
            begins,
        })
    }

    /// The response to a request for this file, whose path is `path`.
    ///
    /// # Errors
    /// If a header cannot be made.
    pub fn response(self, visit: &Visit<'_>, path: &Below) -> Result<Response, Error> {
        let validators = Validators::of(&self.about, visit.now);
        let by_range = match outcome(visit.variables, &validators) {
            Outcome::NotModified => return validated(Response::new(304, ""), &validators),
            Outcome::Failed => return validated(Response::new(412, ""), &validators),
            Outcome::Send { range } => range,
        };
        let header = visit.variables.bytes("HTTP_RANGE");
        // A range has a meaning for GET alone (RFC 9110, 14.2).
        let header = header.filter(|_| by_range && visit.request.method == Method::Get);
        let size = self.size();
        let kind = media_type(path.as_path(), &self.begins);
        let (status, from, length) = match wanted(header.unwrap_or_default(), size) {
            Wanted::Whole => (200, 0, size),
            Wanted::Part { from, length } => (206, from, length),
            Wanted::Nothing => {
                return validated(Response::new(416, ""), &validators)?
                    .with("Content-Range", format!("bytes */{size}"));
            }
        };
        let response = validated(self.body(status, from, length), &validators)?
            .with("Content-Type", kind)?
            .with("Content-Length", length.to_string())?;
        if status == 206 {
            let last = from + length - 1;
            return response.with("Content-Range", format!("bytes {from}-{last}/{size}"));
        }
        Ok(response)
    }

    /// The size. A small file that has become shorter meanwhile has what was read.
    fn size(&self) -> u64 {
        if self.about.size() <= SMALL {
            self.begins.len() as u64
        } else {
            self.about.size()
        }
    }

    fn body(self, status: u16, from: u64, length: u64) -> Response {
        if self.about.size() <= SMALL {
            let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
            let part = self.begins.get(at(from)..at(from + length));
            return Response::new(status, part.unwrap_or_default());
        }
        let file = Arc::new(self.file);
        Response::of_file(status, FileRange { file, from, length })
    }
}

/// The first bytes of a file, at most `most`.
fn beginning(file: &File, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    let mut length = 0;
    while length < most {
        match file.read_at(bytes.get_mut(length..).unwrap_or_default(), length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Adds the headers that every answer about a file carries. The browser may keep the file, and must ask each time
/// whether its visitor may still have it; no cache between may keep it.
pub fn private(response: Response) -> Result<Response, Error> {
    response
        .with("Cache-Control", "private, no-cache")?
        .with("Vary", "Cookie")?
        .with("X-Content-Type-Options", "nosniff")
}

fn validated(response: Response, validators: &Validators) -> Result<Response, Error> {
    let response = private(response)?
        .with("Accept-Ranges", "bytes")?
        .with("ETag", validators.etag())?;
    match validators.last_modified() {
        Some(date) => response.with("Last-Modified", date),
        None => Ok(response),
    }
}

/// Bytes of the longest address in a redirect: a header block has room for it and for what else is in it.
const LOCATION_MAX: usize = HEADER_BLOCK_MAX - 1024;

/// A redirect to the folder that was asked for without the slash at its end, so that relative links in it work.
/// A query that is too long for a header is left out.
pub fn with_slash(visit: &Visit<'_>) -> Result<Response, Error> {
    let (here, again) = (&visit.presentation.links.here, visit.presentation.again());
    let query = again.strip_prefix(here.as_str()).unwrap_or_default();
    let fits = here.len() + query.len() < LOCATION_MAX;
    let query = if fits { query } else { "" };
    secured(Response::new(301, ""), STRICTEST)?
        .with("Location", format!("{here}/{query}"))?
        .with("Content-Type", "text/plain; charset=utf-8")
}
