//! Values and rows, the same for every database.

/// A value in a statement or a row. Times and flags are integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    /// A text that is not UTF-8. It equals no name and no digest, but lists show its row.
    Bytes(Vec<u8>),
}

impl Value {
    /// A text as a database sent it.
    pub fn from_text(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|why| Self::Bytes(why.into_bytes()), Self::Text)
    }

    /// The memory that it takes, in bytes.
    #[cfg(feature = "mysql")]
    pub fn size(&self) -> usize {
        let text = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        size_of::<Self>() + text
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A row of a result, by position.
#[derive(Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// A number; `None` for NULL and for anything that is not a number.
    pub fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Some(*value),
            // MySQL's text protocol sends numbers as text.
            Some(Value::Text(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// A text; `None` for NULL and for anything that is not a text.
    pub fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The text whose bytes the column holds as `HEX()` wrote them; `None` for NULL and for anything else.
    pub fn unhexed(&self, column: usize) -> Option<String> {
        let (pairs, rest) = self.text(column)?.as_bytes().as_chunks::<2>();
        let byte = |[high, low]: &[u8; 2]| {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        String::from_utf8(bytes.filter(|_| rest.is_empty())?).ok()
    }

    /// A text for people: U+FFFD stands for bytes that are not UTF-8, and NULL is empty.
    #[cfg(feature = "tools")]
    pub fn shown(&self, column: usize) -> String {
        match self.0.get(column) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        }
    }

    /// The value as the database sent it.
    #[cfg(feature = "tools")]
    pub fn value(&self, column: usize) -> Value {
        self.0.get(column).cloned().unwrap_or(Value::Null)
    }
}

/// `(?, ?, ?)`: a place for each of this many values.
pub fn placeholders(values: usize) -> String {
    format!("({})", vec!["?"; values].join(", "))
}
