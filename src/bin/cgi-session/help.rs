//! What `cgi-session help TOPIC` prints, beside the help of the subcommands: a file for each topic, in `help/`.

use std::fmt::Write;

use cgi_session::log::{EVENTS, FIELDS};
use clap::Subcommand;

/// Stands at the end of `cgi-session help`.
pub const TOPICS: &str = "\
More help:
  help apache    a virtual host with HTTPS on Apache, for a site that has none
  help backup    how to copy the database while people sign in, and how to put a copy back
  help cluster   several web servers, several database hosts, MariaDB Galera
  help config    what each setting means
  help events    each event in the log, its fields, and which of them are worth an alarm
  help fail2ban  a filter for fail2ban, and how to install it
  help hosting   without root: shared hosting, and /~alice/ on Apache
  help lighttpd  the programs behind lighttpd, with and without HTTPS
  help mysql     the store on MySQL or MariaDB: the account, and the tables
  help protect   a page, a folder or a script of your own, and data that a session keeps
  help threats   what is promised, what is not, and how to report a weakness";

const APACHE: &str = include_str!("help/apache.txt");
const BACKUP: &str = include_str!("help/backup.txt");
const CLUSTER: &str = include_str!("help/cluster.txt");
const FAIL2BAN: &str = include_str!("help/fail2ban.conf");
const HOSTING: &str = include_str!("help/hosting.txt");
const LIGHTTPD: &str = include_str!("help/lighttpd.txt");
const PROTECT: &str = include_str!("help/protect.txt");
const MYSQL: &str = include_str!("help/mysql.txt");
const THREATS: &str = include_str!("help/threats.txt");

/// A topic. The command line takes it as a subcommand that it does not list: `help TOPIC`, `TOPIC` and
/// `TOPIC --help` print the same.
#[derive(Debug, Subcommand)]
pub enum Topic {
    /// A virtual host with HTTPS on Apache
    #[command(hide = true, override_help = APACHE)]
    Apache,
    /// Copying the database, and putting a copy back
    #[command(hide = true, override_help = BACKUP)]
    Backup,
    /// Several web servers, several database hosts
    #[command(hide = true, override_help = CLUSTER)]
    Cluster,
    /// Every event in the log
    #[command(hide = true, override_help = events())]
    Events,
    /// A filter for fail2ban, ready to be installed
    #[command(hide = true, override_help = FAIL2BAN)]
    Fail2ban,
    /// Without root
    #[command(hide = true, override_help = HOSTING)]
    Hosting,
    /// The programs behind lighttpd
    #[command(hide = true, override_help = LIGHTTPD)]
    Lighttpd,
    /// A page, a folder or a script of one's own
    #[command(hide = true, override_help = PROTECT)]
    Protect,
    /// The store on MySQL or MariaDB
    #[command(hide = true, override_help = MYSQL)]
    Mysql,
    /// What is promised, against whom, and what is not
    #[command(hide = true, override_help = THREATS)]
    Threats,
}

impl Topic {
    /// What is printed about it.
    pub fn text(&self) -> String {
        match self {
            Self::Apache => APACHE,
            Self::Backup => BACKUP,
            Self::Cluster => CLUSTER,
            Self::Events => return events(),
            Self::Fail2ban => FAIL2BAN,
            Self::Hosting => HOSTING,
            Self::Lighttpd => LIGHTTPD,
            Self::Protect => PROTECT,
            Self::Mysql => MYSQL,
            Self::Threats => THREATS,
        }
        .to_owned()
    }
}

/// Every event of the log, from the table that the programs write by.
fn events() -> String {
    let mut text = "\
Each event is one line of the log: its time (UTC), the program, the name of the event, then its fields.
The section [log] of the configuration says where the lines go and how they look: `cgi-session help config`.
No line holds a password. In logfmt, these are the sign-ins that failed:

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
