//! The settings of what is guarded, which `login`, `logout` and `protected` do not use.

use serde::Deserialize;
use toml::Spanned;

/// `[[rule]]`: who may reach a path and all below it. The programs that guard a path check the texts:
/// `auth::rules::Rules`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// The path, as it stands in a URL after decoding.
    pub path: Spanned<String>,
    /// Who may reach it: `group:NAME`, `user:NAME`, `signed-in`, `everyone` or `nobody`.
    pub allow: Spanned<Vec<String>>,
}

/// `[guard]`: what `cgi-session-guard` lets through.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardConfig {
    /// Whether a script also gets requests that change something and come from another site's page. Default false.
    pub cross_origin: bool,
}
