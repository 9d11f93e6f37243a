//! `/cgi-bin/hello`: the smallest page of one's own, which only those who are signed in see.

use std::process::ExitCode;

use cgi_session::{Error, Html, Page, Response, Session, Visit};

fn main() -> ExitCode {
    cgi_session::run(Page::signed_in("hello", hello))
}

fn hello(visit: &mut Visit<'_>, session: &Session) -> Result<Response, Error> {
    let name = Html::text(session.login_name());
    visit.page("Hello", Html::trusted(format!("<p>Hello, {name}</p>")))
}
