//! Says how long to wait until the next try.

use super::language::{Texts, Unit};

/// A minute in seconds.
const MINUTE: i64 = 60;
/// An hour in seconds.
const HOUR: i64 = 60 * MINUTE;
/// A day in seconds.
const DAY: i64 = 24 * HOUR;

impl Texts {
    /// The text of a 429 that names the time of the next try: `seconds` after `now`, which is Unix time in seconds. The
    /// wait and the time of day are rounded up, so that a visitor who waits as told is not refused again.
    #[must_use]
    pub fn too_many_for(&self, now: i64, seconds: i64) -> String {
        let (count, unit) = if seconds <= MINUTE {
            (seconds.max(1), Unit::Second)
        } else if seconds <= HOUR {
            (rounded_up(seconds, MINUTE), Unit::Minute)
        } else {
            (rounded_up(seconds, HOUR), Unit::Hour)
        };
        let minutes = rounded_up(now.saturating_add(seconds), MINUTE).rem_euclid(DAY / MINUTE);
        let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (self.too_many_until)(count, unit, &clock)
    }
}

/// The number of units that cover `seconds`; a unit has `unit` seconds.
fn rounded_up(seconds: i64, unit: i64) -> i64 {
    seconds.saturating_add(unit - 1).div_euclid(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{ENGLISH, LANGUAGES};

    // 2026-11-23T07:30:30Z
    const NOW: i64 = 1_795_419_030;

    #[test]
    fn a_wait_is_told_in_the_unit_that_people_use_and_never_too_short() {
        for (seconds, told) in [
            (0, "in 1 second, at 07:31 UTC."),
            (1, "in 1 second, at 07:31 UTC."),
            (30, "in 30 seconds, at 07:31 UTC."),
            (31, "in 31 seconds, at 07:32 UTC."),
            (60, "in 60 seconds, at 07:32 UTC."),
            (61, "in 2 minutes, at 07:32 UTC."),
            (120, "in 2 minutes, at 07:33 UTC."),
            (3600, "in 60 minutes, at 08:31 UTC."),
            (3601, "in 2 hours, at 08:31 UTC."),
            (7201, "in 3 hours, at 09:31 UTC."),
        ] {
            let english = ENGLISH.too_many_for(NOW, seconds);
            assert!(english.ends_with(told), "{seconds}: {english}");
        }
        assert_eq!(
            Texts::tagged("zh-CN").unwrap().too_many_for(NOW, 240),
            "尝试次数过多，请在 4 分钟后（UTC 时间 07:35）重试。"
        );
    }

    #[test]
    fn no_number_is_too_large_for_it() {
        for seconds in [i64::MIN, i64::MAX] {
            for texts in LANGUAGES {
                assert!(!texts.too_many_for(NOW, seconds).is_empty());
            }
        }
    }
}
