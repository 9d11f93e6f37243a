//! Who may reach a guarded path: the rules of the configuration.
//!
//! Of the rules whose path a request's path is at or below, the one with the longest path counts, and no other. A
//! guarded place without a rule is for any signed-in user. Paths are compared with upper and lower case as they are: on
//! a file system that takes `A` and `a` for the same name, a file has spellings that no rule fits.

use crate::cgi::UrlPath;
use crate::config::{Config, RuleConfig};
use crate::error::Error;
use crate::model::{GroupName, LoginName};

/// All rules.
#[derive(Debug)]
pub struct Rules(Vec<Rule>);

/// Who may reach a path and all below it.
#[derive(Debug)]
pub struct Rule {
    /// The path.
    pub path: UrlPath,
    /// Where the rule stands in the configuration, as an offset.
    pub at: usize,
    allow: Vec<Allowed>,
}

/// Somebody whom a rule allows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    Everyone,
    SignedIn,
    Nobody,
    User(LoginName),
    Group(GroupName),
}

/// What a rule says of one visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The visitor may reach the path.
    Allowed,
    /// Somebody who is signed in may reach it, and the visitor is not.
    SignInFirst,
    /// This visitor may not reach it.
    Forbidden,
}

/// A visitor who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The login name, as it is stored.
    pub login_name: &'a str,
    /// The groups that the user is in. They need not be known if [`Rule::names_group`] is false.
    pub groups: &'a [GroupName],
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// If a path or a word of a rule cannot be right, or two rules are about the same path. The message names file,
    /// line and key.
    pub fn from_config(config: &Config) -> Result<Self, Error> {
        let mut rules = Vec::<Rule>::new();
        for rule in &config.rules {
            let read = Rule::read(config, rule)?;
            if rules.iter().any(|other| other.path == read.path) {
                let why = "there is a rule for this path already: give one all the words";
                return Err(config.wrong(rule.path.span().start, why));
            }
            rules.push(read);
        }
        Ok(Self(rules))
    }

    /// The rule that counts for `path`. `None` if none fits: then a guarded place is for any signed-in user.
    #[must_use]
    pub fn counting(&self, path: &UrlPath) -> Option<&Rule> {
        let fitting = self.0.iter().filter(|rule| path.is_at_or_below(&rule.path));
        fitting.max_by_key(|rule| rule.path.as_str().len())
    }
}

impl Rule {
    fn read(config: &Config, rule: &RuleConfig) -> Result<Self, Error> {
        let wrong_path = |why| config.wrong(rule.path.span().start, why);
        let text = rule.path.get_ref();
        let path = UrlPath::from_decoded(text.as_bytes()).ok_or_else(|| {
            wrong_path("must be a path as in \"/private\", without `..` above `/`, `\\` and control characters")
        })?;
        // Such a path would fit no request, and a rule for a folder above would count instead.
        if text.contains(['?', '#']) || is_encoded(text) {
            return Err(wrong_path(
                "must be decoded, with a blank instead of `%20`, and without a query",
            ));
        }
        let words = rule.allow.get_ref();
        let allow = words.iter().map(|word| Allowed::parse(word));
        let allow = allow.collect::<Result<Vec<_>, _>>().and_then(|allow| {
            let alone = allow.len() == 1 || !allow.contains(&Allowed::Nobody);
            match allow.as_slice() {
                [] => Err("must name somebody, or be [\"nobody\"]".to_owned()),
                _ if alone => Ok(allow),
                _ => Err("\"nobody\" must stand alone".to_owned()),
            }
        });
        let allow = allow.map_err(|why| config.wrong(rule.allow.span().start, &why))?;
        let at = rule.path.span().start;
        Ok(Self { path, at, allow })
    }

    /// Whether the rule allows everyone, signed in or not.
    #[must_use]
    pub fn is_for_everyone(&self) -> bool {
        self.allow.contains(&Allowed::Everyone)
    }

    /// Whether the rule asks for a visitor's groups.
    #[must_use]
    pub fn names_group(&self) -> bool {
        let is_group = |allowed: &Allowed| matches!(allowed, Allowed::Group(_));
        self.allow.iter().any(is_group)
    }

    /// The first word by which the rule allows a visitor; `None` if it does not.
    #[must_use]
    pub fn allowed_by(&self, member: Option<Member<'_>>) -> Option<String> {
        let allows = |allowed: &&Allowed| allowed.allows(member);
        self.allow.iter().find(allows).map(Allowed::word)
    }

    /// The words of the rule.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.allow.iter().map(Allowed::word).collect()
    }
}

/// What the rule that counts says of a visitor. Without a rule, any signed-in user is allowed.
#[must_use]
pub fn verdict(rule: Option<&Rule>, member: Option<Member<'_>>) -> Verdict {
    let any_user = [Allowed::SignedIn];
    let allow = rule.map_or(&any_user[..], |rule| &rule.allow);
    if allow.iter().any(|allowed| allowed.allows(member)) {
        Verdict::Allowed
    } else if member.is_none() && allow.iter().any(|allowed| *allowed != Allowed::Nobody) {
        Verdict::SignInFirst
    } else {
        Verdict::Forbidden
    }
}

impl Allowed {
    /// Reads one word of `allow`. The error says what would be right.
    fn parse(word: &str) -> Result<Self, String> {
        let must_be = |what| Err(format!("{word:?} must be {what}"));
        match (word, word.split_once(':')) {
            ("everyone", _) => Ok(Self::Everyone),
            ("signed-in", _) => Ok(Self::SignedIn),
            ("nobody", _) => Ok(Self::Nobody),
            (_, Some(("user", name))) => match LoginName::parse(name) {
                Some(name) => Ok(Self::User(name)),
                None => must_be("`user:` and a login name: no blanks, no emoji"),
            },
            (_, Some(("group", name))) => match GroupName::parse(name) {
                Some(name) => Ok(Self::Group(name)),
                None => must_be("`group:` and at most 64 letters, digits, `.`, `_`, `@` and `-`"),
            },
            _ => {
                must_be("\"group:NAME\", \"user:NAME\", \"signed-in\", \"everyone\" or \"nobody\"")
            }
        }
    }

    fn allows(&self, member: Option<Member<'_>>) -> bool {
        match (self, member) {
            (Self::Everyone, _) | (Self::SignedIn, Some(_)) => true,
            (Self::User(name), Some(member)) => name.as_str() == member.login_name,
            (Self::Group(name), Some(member)) => member.groups.contains(name),
            (Self::Nobody, _) | (_, None) => false,
        }
    }

    /// The word, as the configuration has it.
    fn word(&self) -> String {
        match self {
            Self::Everyone => "everyone".to_owned(),
            Self::SignedIn => "signed-in".to_owned(),
            Self::Nobody => "nobody".to_owned(),
            Self::User(name) => format!("user:{}", name.as_str()),
            Self::Group(name) => format!("group:{}", name.as_str()),
        }
    }
}

/// Whether a text holds a `%` and two hex digits.
fn is_encoded(text: &str) -> bool {
    let is_code = |three: &[u8]| matches!(three, [b'%', digits @ ..] if digits.iter().all(u8::is_ascii_hexdigit));
    text.as_bytes().windows(3).any(is_code)
}
