//! The files of a folder, for those who may have them.
//!
//! The server calls the program in one of three ways, which `place` tells apart. Who may have the file is decided before
//! anybody looks at it, so that a stranger does not learn whether it exists.

mod answer;
mod below;
mod conditions;
mod media_type;
mod never_sent;
mod open;
mod place;
mod range;
mod roots;
mod validators;
mod x_sendfile;

use std::fs::File;

use self::below::Below;
use self::open::{Folder, Found};
use self::place::{Place, called};
use super::definition::Page;
use super::guarded::{Admission, Told, admission_to};
use super::visit::Visit;
use crate::cgi::{GuardedRequest, Response};
use crate::error::Error;
use crate::sandbox::Need;

/// The files of a folder.
pub const FILES: Page = Page::open("files", files).guarding(called).with_files();

/// The file that stands for its folder.
const INDEX: &str = "index.html";

fn files(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let called = called(visit.variables);
    let mut request = GuardedRequest::read(visit.variables, called)?;
    let place = Place::of(visit.variables, called, visit.config);
    // The configuration, where a wrong setting stands, is out of reach once the store is open.
    visit.config.never_sent()?;
    if let Ok(place) = &place {
        request.also.clone_from(&place.urls);
        let path = &mut request.resolved;
        if place.is_folder {
            // The rule for the index file counts, too.
            *path = path.join(INDEX);
            request.also = request.also.iter().map(|url| url.join(INDEX)).collect();
        } else if asks_for_folder(visit) {
            let urls = request.also.iter().chain([&request.resolved]);
            let further: Vec<_> = urls.map(|url| url.join(INDEX)).collect();
            request.also.extend(further);
        }
        visit.needs.push(Need::Read(place.folder.clone()));
    }
    match admission_to(visit, &request, Told::Nothing)? {
        Admission::Admitted(_) => found(visit, &place?),
        Admission::Refused(response) => Ok(response),
    }
}

/// The answer to a visitor who may have what lies at `place`.
fn found(visit: &Visit<'_>, place: &Place) -> Result<Response, Error> {
    let folder = Folder::open(&place.folder)?;
    if place.is_folder {
        return index(visit, place, &folder);
    }
    match folder.find(&place.below)? {
        Found::File(file) => sent(visit, place, &place.below, file),
        // A redirect would lead here again.
        Found::Folder if asks_for_folder(visit) => index(visit, place, &folder),
        Found::Folder => answer::with_slash(visit),
        Found::Nothing => Err(nothing()),
    }
}

/// The answer to a visitor who may have the folder at `place`.
fn index(visit: &Visit<'_>, place: &Place, folder: &Folder) -> Result<Response, Error> {
    let path = place.below.join(INDEX);
    if let Found::File(file) = folder.find(&path)? {
        return sent(visit, place, &path, file);
    }
    Err(match folder.find(&place.below)? {
        Found::Folder => Error::status(403, format!("folder without a file {INDEX}")),
        _ => nothing(),
    })
}

/// Whether the client asked for a path with a slash at its end. The server may have taken it away.
fn asks_for_folder(visit: &Visit<'_>) -> bool {
    visit.presentation.links.here.ends_with('/')
}

fn sent(visit: &Visit<'_>, place: &Place, path: &Below, file: File) -> Result<Response, Error> {
    let opened = answer::Opened::read(file)?;
    let reason = never_sent::reason(
        path.name(),
        &opened.about,
        &opened.begins,
        visit.config.never_sent()?,
    );
    if let Some(reason) = reason {
        return Err(Error::status(
            403,
            format!("file that is not sent: it {reason}"),
        ));
    }
    if visit.config.files.x_sendfile
        && let Some(response) =
            x_sendfile::response(visit.variables, &place.folder, path, &opened.begins)?
    {
        return Ok(response);
    }
    opened.response(visit, path)
}

/// There is no such file; or it is one that is never sent to anybody, about which a visitor learns as much.
fn nothing() -> Error {
    let why =
        "no such file, or a link, a device, a FIFO or a socket, none of which is followed or read";
    Error::status(404, why)
}
