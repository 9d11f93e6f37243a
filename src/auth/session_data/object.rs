//! The text of a session's data: a JSON object (RFC 8259, 4), which a program reads as a type of its own.

use std::any::type_name;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{DataFault, Error};

/// Longest data of a session, in bytes of JSON.
pub const DATA_MAX: usize = 64 << 10;

/// The stored data as a `T`, or `T`'s default if nothing is stored.
///
/// # Errors
/// [`DataFault::Shape`] if the text is no JSON object, or no `T`.
pub fn parsed<T: DeserializeOwned + Default>(stored: Option<&str>) -> Result<T, Error> {
    match stored {
        Some(text) => {
            object_of::<T>(text)?;
            read(text)
        }
        None => Ok(T::default()),
    }
}

/// What `change` returns, and the text of the stored data after it. What other programs keep in keys that `T` does not
/// have stays as it is.
///
/// # Errors
/// As [`parsed`]; also [`DataFault::NotAnObject`] if a `T` becomes no JSON object, and [`DataFault::TooLarge`] if the
/// text would be longer than [`DATA_MAX`].
pub fn changed<T, R>(
    stored: Option<&str>,
    change: &mut impl FnMut(&mut T) -> R,
) -> Result<(R, String), Error>
where
    T: DeserializeOwned + Default + Serialize,
{
    let mut value: T = parsed(stored)?;
    let mut others = stored.map_or_else(|| Ok(Map::new()), object_of::<T>)?;
    for key in own(&value)?.keys() {
        others.remove(key);
    }
    let result = change(&mut value);
    let text = beside::<T>(others, &own(&value)?);
    match text.len() {
        ..=DATA_MAX => Ok((result, text)),
        len => Err(DataFault::TooLarge(len, DATA_MAX).into()),
    }
}

/// The text of `own` and of the keys beside it. A key that `T` reads and does not write, such as the old name of one that
/// was renamed, is left out, because `T` could no longer read the two.
fn beside<T: DeserializeOwned>(mut others: Map<String, Value>, own: &Map<String, Value>) -> String {
    let text = |beside: Map<String, Value>| {
        Value::Object(beside.into_iter().chain(own.clone()).collect()).to_string()
    };
    if others.is_empty() {
        return text(others);
    }
    let all = text(others.clone());
    if read::<T>(&all).is_ok() {
        return all;
    }
    others.retain(|key, value| {
        let alone = Map::from_iter([(key.clone(), value.clone())]);
        read::<T>(&text(alone)).is_ok()
    });
    text(others)
}

/// The keys and values that `T` writes.
fn own<T: Serialize>(value: &T) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(DataFault::NotAnObject(type_name::<T>()).into()),
    }
}

fn object_of<T>(text: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(text).map_err(|why| other_shape::<T>(&why))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|why| other_shape::<T>(&why))
}

/// The parser's own message may hold what a visitor typed, so only the place is kept.
fn other_shape<T>(why: &serde_json::Error) -> Error {
    let (line, column) = (why.line(), why.column());
    DataFault::Shape(type_name::<T>(), line, column).into()
}
