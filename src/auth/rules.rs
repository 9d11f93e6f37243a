//! Who may reach a guarded path: the rules of the configuration.

use crate::cgi::UrlPath;
use crate::config::RuleConfig;
use crate::error::Error;

/// What the rules say of one path and one visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The visitor may reach it.
    Allowed,
    /// Somebody who is signed in might reach it, and the visitor is not.
    SignInFirst,
    /// This visitor may not reach it.
    Forbidden,
}

/// A visitor who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The login name.
    pub login_name: &'a str,
    /// The groups that the user is in.
    pub groups: &'a [String],
}

/// What `rules` say of `path`. The longest path that fits counts. A guarded place without a rule is for any signed-in
/// user.
///
/// # Errors
/// If the path of a rule has no normal form.
pub fn verdict(
    rules: &[RuleConfig],
    path: &UrlPath,
    member: Option<Member<'_>>,
) -> Result<Verdict, Error> {
    let mut best: Option<(usize, &RuleConfig)> = None;
    for rule in rules {
        let at = UrlPath::from_decoded(rule.path.as_bytes())?;
        let length = at.as_str().len();
        if path.is_at_or_below(&at) && best.is_none_or(|(longest, _)| longest < length) {
            best = Some((length, rule));
        }
    }
    let signed_in = ["signed-in".to_owned()];
    let allow = best.map_or(&signed_in[..], |(_, rule)| &rule.allow);
    let allows = |who: &String| match (who.as_str(), member) {
        ("everyone", _) | ("signed-in", Some(_)) => true,
        (who, Some(member)) => match who.split_once(':') {
            Some(("user", name)) => name == member.login_name,
            Some(("group", name)) => member.groups.iter().any(|group| group == name),
            _ => false,
        },
        _ => false,
    };
    Ok(if allow.iter().any(allows) {
        Verdict::Allowed
    } else if member.is_none() && allow.iter().any(|who| who != "nobody") {
        Verdict::SignInFirst
    } else {
        Verdict::Forbidden
    })
}
