//! What `cgi-session help TOPIC` prints beside the help of the subcommands.

use std::fmt::Write;

use cgi_session::log::{EVENTS, FIELDS};

/// A filter for fail2ban, ready to be installed.
pub const FAIL2BAN: &str = include_str!("fail2ban.conf");

/// How to copy a database, and put a copy back.
pub const BACKUP: &str = include_str!("backup.txt");

/// What is promised, against whom, and what is not.
pub const THREATS: &str = include_str!("threats.txt");

/// Stands at the end of `cgi-session help`.
pub const TOPICS: &str = "\
More help:
  help backup    how to copy the database while people sign in, and put a copy back
  help config    what each setting means
  help events    each event in the log, its fields, and which are worth an alarm
  help fail2ban  a filter for fail2ban, and how to install it
  help threats   what is promised, what is not, and how to report a weakness";

/// Every event of the log, from the table that the programs write by.
pub fn events() -> String {
    let mut text = "\
Each event is one line in the log: its time (UTC), the program, the event's name, then its fields.
Where lines go and how they look is set by [log] in the configuration: `cgi-session help config`.
No password is ever in it. In logfmt:
  grep 'event=sign_in_failed ' LOGFILE\n"
        .to_owned();
    for event in EVENTS {
        let alarm = if event.alarm.is_empty() {
            "no"
        } else {
            event.alarm
        };
        let _ = write!(
            text,
            "\n{}\n  {}\n  fields  {}\n  alarm   {alarm}\n",
            event.name,
            event.when.trim(),
            event.fields.join(", ")
        );
    }
    text.push_str("\nFields\n");
    for (name, meaning) in FIELDS {
        let _ = writeln!(text, "  {name:9}{meaning}");
    }
    text
}
