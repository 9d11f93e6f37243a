//! A password that people can read out and type: `copper-otter-lantern-maple-quartz-30718`.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::command_error::CommandError;

/// 512 words, 9 bits each.
const WORDS: &str = include_str!("words.txt");

/// With the number, 9 * 5 + 16.6 = 61 bits: nobody guesses that through a login form.
const WORDS_EACH: usize = 5;

/// The number is below this.
const NUMBERS: u32 = 100_000;

/// A new password, from the operating system's random source and nothing weaker.
///
/// # Errors
/// If that source fails.
pub fn passphrase() -> Result<String, CommandError> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
    let mut parts = Vec::with_capacity(WORDS_EACH);
    while parts.len() < WORDS_EACH {
        let index = usize::try_from(below(count)?).ok();
        parts.extend(index.and_then(|index| words.get(index)).copied());
    }
    Ok(format!("{}-{:05}", parts.join("-"), below(NUMBERS)?))
}

/// A number in `0..limit`, each as likely as the others: a number from the incomplete range at the top of `u32` is
/// drawn again.
fn below(limit: u32) -> Result<u32, CommandError> {
    let fair = u32::MAX - u32::MAX % limit;
    loop {
        let drawn = SysRng.try_next_u32().map_err(CommandError::random)?;
        if drawn < fair {
            return Ok(drawn % limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WORDS, passphrase};
    use std::collections::BTreeSet;

    #[test]
    fn there_are_512_different_plain_words() {
        let words: BTreeSet<&str> = WORDS.split_whitespace().collect();
        assert_eq!(words.len(), 512);
        assert!(
            words
                .iter()
                .all(|w| w.len() >= 3 && w.bytes().all(|b| b.is_ascii_lowercase()))
        );
    }

    #[test]
    fn is_five_words_and_a_number_and_new_each_time() {
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            let Ok(new) = passphrase() else { continue };
            let parts: Vec<&str> = new.split('-').collect();
            assert_eq!(parts.len(), 6, "{new}");
            assert!(
                parts
                    .last()
                    .is_some_and(|n| n.len() == 5 && n.parse::<u32>().is_ok()),
                "{new}"
            );
            seen.insert(new);
        }
        assert_eq!(seen.len(), 100);
    }
}
