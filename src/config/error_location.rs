//! Where in the file a setting is wrong, told without its value.

/// What can stand behind the `=` of a setting that is not a list.
const ANY_VALUE: &str = "a text in quotes, a number, true or false";

/// `LINE: KEY: MESSAGE`, for an error at this offset of the file. TOML's own `Display` would quote the whole line, and
/// with it the database's password.
pub fn located(text: &str, at: usize, message: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.get(start..).unwrap_or_default();
    let before_value = rest.split(['=', '\n']).next().unwrap_or_default().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    // If the `=` is missing, this is the whole line, the value included; such a key is not shown.
    let key = Some(before_value).filter(|key| !key.is_empty() && key.chars().all(plain));
    let message = without_value(&message.replace('\n', " "));
    match key {
        Some(key) => format!("{line}: {key}: {message}"),
        None => format!("{line}: {message}"),
    }
}

/// The message without the value that it quotes: a value of the wrong type may be a secret.
fn without_value(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid ") => {
            let expected = match expected {
                "a boolean" => "true or false",
                "a string" => "a text in quotes",
                // The one list of tables.
                "a sequence" if wrong.contains("map") => "[[rule]], with two brackets on each side",
                "a sequence" => "a list, as in [\"10.0.0.0/8\"]",
                "u32" => "a number",
                // A word without quotes, of which the parser expects a keyword.
                "`true`" | "`false`" => ANY_VALUE,
                other => other,
            };
            format!("must be {expected}")
        }
        _ if message.starts_with("string values must be quoted") => format!("must be {ANY_VALUE}"),
        _ => message.to_owned(),
    }
}
