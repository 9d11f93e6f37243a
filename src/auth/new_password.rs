//! What a new password must not be (NIST SP 800-63B-4, 3.1.1.2): short, or one of those that attackers try first. There
//! are no rules of composition, which make people write `Password1!`.
//!
//! This is for the administration. No program that a web server runs holds the list.

use super::password::Password;

/// Passwords that every attacker tries, in lower case and sorted. `common.md` beside the list tells where it is from.
const COMMON: &str = include_str!("new_password/common.txt");

/// Words of every context: the suite's own name, and rows of keys.
const EVERYWHERE: [&str; 5] = [
    "cgi-session",
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
];

/// Shortest word of the context that counts, in characters. Many passwords hold a shorter one by chance.
const WORD_MIN: usize = 3;

/// Letters and digits that must be left of a password without the words of its context.
const REST_MIN: usize = 8;

/// Longest series of steps from character to character whose repetition makes a pattern: `abcabc`, `a1b2c3`.
const STEPS_MAX: usize = 3;

/// Why a password is refused. `Display` names the rule and what to do, and never the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Shorter than this many characters.
    Short(u32),
    /// On the list, either as it is, or without the words of its context, the digits and signs at its ends and any
    /// repetition.
    Common,
    /// A repetition of fewer than this many characters, or a row such as `abcdefgh`.
    Repeated(u32),
    /// Hardly more than the names of the user and of the site, and rows of keys.
    Context,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cure = "take a few words that have nothing to do with each other";
        match self {
            Self::Short(least) => write!(f, "a password needs {least} characters or more"),
            Self::Common => write!(
                f,
                "the password, digits and signs at its ends aside, is one of those that are tried first: {cure}"
            ),
            Self::Repeated(least) => write!(
                f,
                "the password repeats itself, and what it repeats has fewer than {least} characters: {cure}"
            ),
            Self::Context => write!(
                f,
                "the password is little more than the name of its user or of this site, or a row of keys: {cure}"
            ),
        }
    }
}

/// Checks a new password, which needs at least `least` characters. `context` holds words that its owner is known by:
/// the login name, the site's title.
///
/// # Errors
/// The first rule that the password breaks.
pub fn check(password: &Password, least: u32, context: &[&str]) -> Result<(), Refused> {
    let many = |count: usize| count >= usize::try_from(least).unwrap_or(usize::MAX);
    if !many(password.characters()) {
        return Err(Refused::Short(least));
    }
    let text = password.text().to_lowercase();
    let characters: Vec<char> = text.chars().collect();
    if is_common(&text) {
        return Err(Refused::Common);
    }
    if period(&characters).is_some_and(|period| !many(period)) || is_row(&characters) {
        return Err(Refused::Repeated(least));
    }
    let rest = without(&text, context);
    if is_common(core(&rest)) {
        return Err(Refused::Common);
    }
    let told = rest.chars().filter(|c| c.is_alphanumeric()).count();
    if rest != text && told < REST_MIN {
        return Err(Refused::Context);
    }
    Ok(())
}

fn is_common(text: &str) -> bool {
    let lines: Vec<&str> = COMMON.lines().collect();
    lines.binary_search(&text).is_ok()
}

/// The text without the digits and signs that people add at the ends of a word; of what repeats, only the first.
fn core(text: &str) -> &str {
    let core = text.trim_matches(|c: char| !c.is_alphabetic());
    let characters: Vec<char> = core.chars().collect();
    let period = period(&characters).unwrap_or(characters.len());
    let end = core
        .char_indices()
        .nth(period)
        .map_or(core.len(), |(end, _)| end);
    core.get(..end).unwrap_or(core)
}

/// The length of the shortest beginning that makes the whole if it is repeated, at least one and a half times.
fn period<T: PartialEq>(items: &[T]) -> Option<usize> {
    let repeats = |period: &usize| {
        items
            .iter()
            .zip(items.iter().skip(*period))
            .all(|(a, b)| a == b)
    };
    (1..=items.len() * 2 / 3).find(repeats)
}

/// Whether the steps from each character to the next repeat themselves: `abcdefgh`, `97531`, `aabbccdd`.
fn is_row(characters: &[char]) -> bool {
    let steps = characters.iter().zip(characters.iter().skip(1));
    let steps: Vec<i64> = steps
        .map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a)))
        .collect();
    period(&steps).is_some_and(|period| period <= STEPS_MAX)
}

/// The text without the words of its context.
fn without(text: &str, context: &[&str]) -> String {
    let whole = context
        .iter()
        .chain(&EVERYWHERE)
        .map(|word| word.to_lowercase());
    let mut words: Vec<String> = whole.flat_map(|word| parts(&word)).collect();
    // The longer words first: they may contain shorter ones.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, ""))
}

/// A name and the words in it.
fn parts(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let all = words
        .chain([name])
        .filter(|word| word.chars().count() >= WORD_MIN);
    all.map(str::to_owned).collect()
}
