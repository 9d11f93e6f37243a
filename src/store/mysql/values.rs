//! Values on their way to the server, and rows on their way back.

use mysql::prelude::Protocol;
use mysql::{Params, QueryResult};

use crate::store::fault::Fault;
use crate::store::value::{Row, Value};

/// Values for the places of a prepared statement.
pub fn params(values: &[Value]) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let value = |value: &Value| match value {
        Value::Null => mysql::Value::NULL,
        Value::Int(value) => mysql::Value::Int(*value),
        Value::Text(text) => mysql::Value::Bytes(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => mysql::Value::Bytes(bytes.clone()),
    };
    Params::Positional(values.iter().map(value).collect())
}

/// All rows, if they take at most `most` bytes. The driver reads the rest and keeps it nowhere; if that never ends, the
/// program's deadline ends it.
pub fn rows<P: Protocol>(
    result: QueryResult<'_, '_, '_, P>,
    most: usize,
) -> Result<Vec<Row>, Fault> {
    let (mut rows, mut size) = (Vec::new(), 0);
    for row in result {
        let row: Vec<Value> = row?.unwrap().into_iter().map(value).collect();
        size += row.iter().map(Value::size).sum::<usize>();
        if size > most {
            return Err(Fault::Other(format!("a result of more than {most} bytes")));
        }
        rows.push(Row(row));
    }
    Ok(rows)
}

/// A value of a row. One that is neither a number nor a text makes no sense in our tables, and counts as NULL.
fn value(value: mysql::Value) -> Value {
    match value {
        mysql::Value::Int(value) => Value::Int(value),
        mysql::Value::UInt(value) => i64::try_from(value).map_or(Value::Null, Value::Int),
        mysql::Value::Bytes(bytes) => Value::from_text(bytes),
        _ => Value::Null,
    }
}
