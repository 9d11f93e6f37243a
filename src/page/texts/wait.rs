//! How long to wait, in words.

use super::Language;
use crate::model::Time;

/// Seconds of a minute and of an hour.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

impl Language {
    /// 429: when the next try is looked at, `seconds` from `now`. Both are rounded up, so that nobody
    /// comes too early who does as it says.
    #[must_use]
    pub fn too_many(self, now: Time, seconds: i64) -> String {
        let (count, unit) = if seconds <= MINUTE {
            (seconds.max(1), Unit::Second)
        } else if seconds <= HOUR {
            (rounded_up(seconds, MINUTE), Unit::Minute)
        } else {
            (rounded_up(seconds, HOUR), Unit::Hour)
        };
        let until =
            Time(rounded_up(now.plus(seconds).0, MINUTE).saturating_mul(MINUTE)).to_string();
        // Of `2026-11-23T07:31:00Z`.
        let clock = until.get(11..16).unwrap_or(&until);
        match self {
            Self::English => {
                let (unit, s) = (unit.english(), if count == 1 { "" } else { "s" });
                format!(
                    "There were too many tries. Please try again in {count} {unit}{s}, at {clock} UTC."
                )
            }
            Self::Chinese => {
                let unit = unit.chinese();
                format!("尝试次数过多，请在 {count} {unit}后（UTC 时间 {clock}）重试。")
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    fn english(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    fn chinese(self) -> &'static str {
        match self {
            Self::Second => "秒",
            Self::Minute => "分钟",
            Self::Hour => "小时",
        }
    }
}

/// How many `units` cover `seconds`.
fn rounded_up(seconds: i64, unit: i64) -> i64 {
    seconds.saturating_add(unit - 1).div_euclid(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-23T07:30:30Z
    const NOW: Time = Time(1_795_419_030);

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
            let english = Language::English.too_many(NOW, seconds);
            assert!(english.ends_with(told), "{seconds}: {english}");
        }
        assert_eq!(
            Language::Chinese.too_many(NOW, 240),
            "尝试次数过多，请在 4 分钟后（UTC 时间 07:35）重试。"
        );
    }

    #[test]
    fn no_number_is_too_large_for_it() {
        for seconds in [i64::MIN, i64::MAX] {
            for language in [Language::English, Language::Chinese] {
                assert!(!language.too_many(NOW, seconds).is_empty());
            }
        }
    }
}
