//! `cgi-session config`: is everything as the CGI programs need it?

use cgi_session::auth::queue;
use cgi_session::config::LogConfig;
use cgi_session::confine::{self, Confined};
use cgi_session::log::{Log, Sink};

use crate::failure::Failure;
use crate::print::{To, escaped, print};
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Read the configuration as the CGI programs do, and ask the store for its tables
    Check,
}

/// Says what was read and reached; reading the configuration has checked it.
///
/// # Errors
/// If the store cannot be reached, or its tables are not of this version.
pub fn check(settings: &Settings) -> Result<(), Failure> {
    let path = escaped(&settings.path.to_string_lossy());
    print(To::Stdout, &format!("configuration  {path}: good\n"));
    let url = &settings.config.store;
    settings.store()?.check()?;
    let url = escaped(&url.to_string());
    print(To::Stdout, &format!("store          {url}: answers\n"));
    queue::check(&settings.config.state)?;
    let state = escaped(&settings.config.state.to_string_lossy());
    print(To::Stdout, &format!("state          {state}: good\n"));
    print(
        To::Stdout,
        &format!("log            {}\n", log(&settings.config.log)),
    );
    if settings.config.secret.expose().is_empty() {
        let why = "secret         none: no device is known, and whoever reads `attempts` learns names; \
            write 64 random hex digits\n";
        print(To::Stdout, why);
    }
    print(To::Stdout, &format!("landlock       {}\n", landlock()));
    Ok(())
}

/// Where the lines of the CGI programs would go.
fn log(config: &LogConfig) -> String {
    let to = escaped(&config.to.to_string());
    if config.to == Sink::Stderr {
        return format!("{to}: where the web server writes it");
    }
    match Log::new("cgi-session", config.to.clone()).check() {
        Ok(()) => format!("{to}: good"),
        Err(why) => format!("{to}: {why}; lines go to stderr instead"),
    }
}

/// Whether the kernel will hold the CGI programs to the files that they need: tried, since this program ends
/// with it.
fn landlock() -> String {
    confine::limit();
    match confine::confine(&[]) {
        Ok(Confined::Wholly) => "the programs reach no file but those that they need".to_owned(),
        Ok(Confined::Partly) => "the programs reach few files that they do not need: \
            an older kernel, which cannot keep all from them"
            .to_owned(),
        Err(why) => format!("the programs serve without it: {why}"),
    }
}
