//! Makes a token. No other file reads the operating system's random source.

use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::error::Error;
use crate::model::{RANDOM_LEN, Token};

/// One read of the operating system's random source, and no weaker one where it fails.
///
/// # Errors
/// If the random source fails.
pub fn new_token() -> Result<Token, Error> {
    let mut random = [0; RANDOM_LEN];
    let filled = SysRng.try_fill_bytes(&mut random);
    filled.map_err(|why| Error::Random(why.to_string()))?;
    Ok(Token::from_random(&random))
}
