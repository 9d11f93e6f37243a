//! `cgi-session rule`: what the rules say of a URL.

use cgi_session::auth::rules::{Member, Rule, Rules, Verdict, verdict};
use cgi_session::cgi::UrlPath;
use cgi_session::model::{GroupName, LoginName};
use cgi_session::store::Membership;

use crate::command_error::CommandError;
use crate::print::{escaped, print};
use crate::settings::Settings;
use crate::user::{login_name, unknown};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say which rule counts for a URL, and what a visitor gets there; exit code 0 if they are allowed
    Check {
        /// A URL or its path, encoded as in a link: /private/a%20b.pdf
        url: String,
        /// The visitor is this user; without it, somebody who is signed out
        #[arg(long, value_name = "NAME", value_parser = login_name)]
        user: Option<LoginName>,
    },
}

impl Command {
    /// Carries out the command and prints what it found.
    ///
    /// # Errors
    /// If a rule is wrong, the URL has no normal form, there is no such user, or the visitor is not allowed.
    pub fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let Self::Check { url, user } = self;
        check(settings, &url, user.as_ref())
    }
}

/// A visitor who is signed in, with what the rules may ask about them.
struct Visitor<'a> {
    name: &'a LoginName,
    groups: Vec<GroupName>,
    is_disabled: bool,
}

impl Visitor<'_> {
    /// As the rules see them; a disabled user is never signed in.
    fn member(&self) -> Option<Member<'_>> {
        let member = Member {
            login_name: self.name.as_str(),
            groups: &self.groups,
        };
        (!self.is_disabled).then_some(member)
    }
}

fn check(settings: &Settings, url: &str, user: Option<&LoginName>) -> Result<(), CommandError> {
    let rules = Rules::from_config(&settings.config)?;
    let path = UrlPath::from_target(url.as_bytes()).ok_or_else(|| {
        let why = "400 for everybody: this URL has no normal form, which has no control character, \
            no `%2F`, no `\\`, no `#`, no `..` above `/`, and only UTF-8";
        CommandError::Refused(why.to_owned())
    })?;
    let visitor = user.map(|name| visitor(settings, name)).transpose()?;
    let rule = rules.counting(&path);
    let member = visitor.as_ref().and_then(Visitor::member);
    print(&format!(
        "path     {}\nrule     {}\nvisitor  {}\n",
        escaped(path.as_str()),
        escaped(&told_rule(settings, rule)),
        escaped(&told_visitor(visitor.as_ref())),
    ))?;
    let answer = match verdict(rule, member) {
        Verdict::Allowed => {
            let by = rule.and_then(|rule| rule.allowed_by(member));
            let by = by.unwrap_or_else(|| "signed-in".to_owned());
            return print(&format!("answer   allowed, by \"{}\"\n", escaped(&by)));
        }
        Verdict::SignInFirst => "401: the visitor must sign in first",
        Verdict::Forbidden => "403: the rule does not allow this visitor",
    };
    Err(CommandError::Refused(answer.to_owned()))
}

fn visitor<'a>(settings: &Settings, name: &'a LoginName) -> Result<Visitor<'a>, CommandError> {
    let Membership {
        groups,
        is_disabled,
    } = settings
        .store()?
        .membership(name)?
        .ok_or_else(|| unknown(name))?;
    let known = |group: &String| GroupName::parse(group).filter(|known| known.as_str() == group);
    Ok(Visitor {
        name,
        groups: groups.iter().filter_map(known).collect(),
        is_disabled,
    })
}

/// Which rule counts, and where it stands.
fn told_rule(settings: &Settings, rule: Option<&Rule>) -> String {
    match rule {
        Some(rule) => format!(
            "{}, for {}: {}",
            settings.config.place(rule.at),
            rule.path.as_str(),
            rule.words().join(", ")
        ),
        None => "none fits: any signed-in user is allowed".to_owned(),
    }
}

fn told_visitor(visitor: Option<&Visitor<'_>>) -> String {
    let Some(visitor) = visitor else {
        return "signed out".to_owned();
    };
    let name = visitor.name.as_str();
    let groups: Vec<&str> = visitor.groups.iter().map(GroupName::as_str).collect();
    match (visitor.is_disabled, groups.join(", ")) {
        (true, _) => format!("{name}, who is disabled and therefore signed out"),
        (_, groups) if groups.is_empty() => format!("{name}, in no group"),
        (_, groups) => format!("{name}, in {groups}"),
    }
}
