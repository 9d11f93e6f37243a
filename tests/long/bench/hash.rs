//! Hashes one password, as a sign-in does; `tests/long/bench/run` says with it what the rest of a sign-in costs.

use std::error::Error;
use std::io::{self, Write as _};

use cgi_session::auth::password::{self, Password};

fn main() -> Result<(), Box<dyn Error>> {
    let password = Password::parse("copper-otter-lantern-42").ok_or("no password")?;
    let hash = password::hash(&password)?;
    Ok(writeln!(io::stdout(), "hashed: {}", hash.as_str())?)
}
