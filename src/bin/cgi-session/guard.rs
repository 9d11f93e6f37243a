//! `cgi-session guard`: whether a folder is guarded, asked from outside.

mod client;
mod folder;

use std::path::{Path, PathBuf};

use cgi_session::auth::rules::{Rule, Rules, Verdict, verdict};
use cgi_session::cgi::UrlPath;

use self::client::{Answer, Client};
use self::folder::{Found, Kind};
use crate::command_error::CommandError;
use crate::print::{escaped, print};
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask the web server for each file and script of a folder, as a stranger; exit code 0 if none is open
    Check {
        /// The folder as it lies on this machine
        folder: PathBuf,
        /// The folder's URL, http:// or https://
        #[arg(long)]
        url: String,
        /// PEM: trust these authorities instead of the system's
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
    },
}

impl Command {
    /// Carries out the command and prints what it found.
    ///
    /// # Errors
    /// If anything in the folder is open, or could not be asked for.
    pub fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let Self::Check { folder, url, ca } = self;
        let check = Check {
            rules: Rules::from_config(&settings.config)?,
            client: Client::new(&url, ca.as_deref())?,
        };
        check.run(&folder, &url)
    }
}

/// What is asked, and what should come back.
struct Check {
    rules: Rules,
    client: Client,
}

/// What came back for a file or a folder.
enum Outcome {
    /// What should.
    Guarded,
    /// The rule for this path opens it to everyone.
    OpenByRule(String),
    /// It is not guarded, for this reason.
    Open(String),
}

impl Check {
    fn run(&self, folder: &Path, url: &str) -> Result<(), CommandError> {
        let (mut guarded, mut by_rule, mut open) = (0_u64, 0_u64, 0_u64);
        for found in folder::all(folder)? {
            let url = url_of(url, &found);
            match self.ask(&url, &found)? {
                Outcome::Guarded => guarded += 1,
                Outcome::OpenByRule(rule) => {
                    by_rule += 1;
                    print(&format!(
                        "by rule  {url}  everyone, by the rule for {}\n",
                        escaped(&rule)
                    ))?;
                }
                Outcome::Open(why) => {
                    open += 1;
                    print(&format!("OPEN     {url}  {}\n", escaped(&why)))?;
                }
            }
        }
        print(&format!(
            "{guarded} guarded, {by_rule} open by a rule, {open} open\n"
        ))?;
        match (guarded + by_rule, open) {
            (0, 0) => Err(CommandError::Refused("there is no file in the folder".to_owned())),
            (_, 0) => Ok(()),
            _ => Err(CommandError::Refused(
                "not all of the folder is guarded: `cgi-session help protect` has what the server needs".to_owned(),
            )),
        }
    }

    fn ask(&self, url: &str, found: &Found) -> Result<Outcome, CommandError> {
        let path = UrlPath::from_target(url.as_bytes());
        let rule = path.as_ref().and_then(|path| self.rules.counting(path));
        let answer = self.client.ask(url)?;
        let Answer { status, is_ours } = answer;
        if status == 401 && is_ours {
            return Ok(Outcome::Guarded);
        }
        // The guard refuses such a path, and no rule can be about it.
        let refuses = path.is_none() || is_for_nobody(rule);
        match (status, found.kind) {
            (400 | 403 | 404, _) if refuses => Ok(Outcome::Guarded),
            // A folder is open if its list or its first page is.
            (403 | 404, Kind::Withheld) | (300.., Kind::Folder) => Ok(Outcome::Guarded),
            _ => Ok(match rule.filter(|rule| rule.is_for_everyone()) {
                Some(rule) => Outcome::OpenByRule(rule.path.as_str().to_owned()),
                None => Outcome::Open(reason(&answer)),
            }),
        }
    }
}

/// Whether a rule refuses even a visitor who has signed in, so that a stranger gets 403.
fn is_for_nobody(rule: Option<&Rule>) -> bool {
    verdict(rule, None) == Verdict::Forbidden
}

fn reason(answer: &Answer) -> String {
    let Answer { status, is_ours } = answer;
    match status {
        200..300 => format!("{status}: it is sent or run"),
        401 if !is_ours => "401, but not by cgi-session".to_owned(),
        403 | 404 => format!(
            "{status}: the server itself refuses this one; the guard does not stand before it"
        ),
        500.. => format!("{status}: something was run"),
        _ => format!("{status} instead of 401"),
    }
}

/// The URL of what was found: that of the folder, and the path below it, encoded.
fn url_of(folder: &str, found: &Found) -> String {
    let slash = if found.kind == Kind::Folder { "/" } else { "" };
    let base = folder.trim_end_matches('/');
    match found.encoded.as_str() {
        "" => format!("{base}/"),
        path => format!("{base}/{path}{slash}"),
    }
}
