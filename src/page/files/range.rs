//! The part of a file that a `Range` header asks for (RFC 9110, 14).

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The whole file: there is no header, it is malformed, or it names several ranges, which a server may ignore
    /// (RFC 9110, 14.2).
    Whole,
    /// This many bytes from this one on, at least one.
    Part {
        /// The first byte.
        from: u64,
        /// How many bytes.
        length: u64,
    },
    /// Only bytes that the file does not have.
    Nothing,
}

/// What `header` asks for of a file of `size` bytes.
#[must_use]
pub fn wanted(header: &[u8], size: u64) -> Wanted {
    parsed(header).map_or(Wanted::Whole, |range| match range {
        Range::From(from, _) if from >= size => Wanted::Nothing,
        Range::From(from, last) => Wanted::Part {
            from,
            length: last.min(size - 1) - from + 1,
        },
        Range::Last(0) => Wanted::Nothing,
        Range::Last(_) if size == 0 => Wanted::Whole,
        Range::Last(length) => Wanted::Part {
            from: size.saturating_sub(length),
            length: length.min(size),
        },
    })
}

/// One range of bytes.
enum Range {
    /// From this byte to that one, the last one being included.
    From(u64, u64),
    /// So many bytes at the end.
    Last(u64),
}

/// `bytes=1*digit-[1*digit]` or `bytes=-1*digit`. A list may have empty elements (RFC 9110, 5.6.1.2).
fn parsed(header: &[u8]) -> Option<Range> {
    let text = std::str::from_utf8(header).ok()?;
    let (unit, set) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let mut ranges = set
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty());
    let (range, None) = (ranges.next()?, ranges.next()) else {
        return None;
    };
    let (first, last) = range.split_once('-')?;
    match (first, last) {
        ("", last) => Some(Range::Last(number(last)?)),
        (first, "") => Some(Range::From(number(first)?, u64::MAX)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Range::From(first, last))
        }
    }
}

/// The number, or the largest one if it is larger than that.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Wanted::{Nothing, Whole};
    use super::{Wanted, wanted};

    #[test]
    fn a_single_range_is_cut_to_the_file_and_anything_else_is_the_whole() {
        let part = |from, length| Wanted::Part { from, length };
        for (header, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-", part(0, 100)),
            ("Bytes = 10-19", part(10, 10)),
            ("bytes=90-1000", part(90, 10)),
            ("bytes=99-", part(99, 1)),
            ("bytes=100-", Nothing),
            ("bytes=100-200", Nothing),
            ("bytes=18446744073709551616-", Nothing),
            ("bytes=5-18446744073709551616", part(5, 95)),
            ("bytes=-1", part(99, 1)),
            ("bytes=-100", part(0, 100)),
            ("bytes=-99999999999999999999", part(0, 100)),
            ("bytes=-0", Nothing),
            ("bytes=,0-1,", part(0, 2)),
            ("bytes=0-1,5-6", Whole),
            ("bytes=2-1", Whole),
            ("bytes=-", Whole),
            ("bytes=+1-2", Whole),
            ("bytes=1-2-3", Whole),
            ("bytes=0x1-2", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(wanted(header.as_bytes(), 100), expected, "{header}");
        }
        assert_eq!(wanted(b"bytes=0-", 0), Nothing);
        assert_eq!(wanted(b"bytes=-5", 0), Whole);
        assert_eq!(wanted(b"bytes=0-\xff", 100), Whole);
    }
}
