//! Times and spans as people read them.

use jiff::{SignedDuration, Timestamp};

/// A span in its two largest units: `42s`, `4m12s`, `5m`, `2h3m`, `3d4h`.
pub(super) fn span(span: SignedDuration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let seconds = span.as_secs().max(0);
    let largest = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let (size, unit) = UNITS[largest];
    let mut words = format!("{}{unit}", seconds / size);
    if let Some((next, unit)) = UNITS.get(largest + 1) {
        let rest = seconds % size / next;
        if rest > 0 {
            words = format!("{words}{rest}{unit}");
        }
    }
    words
}

/// A moment in UTC: the time of day, with the date where that is not today's.
pub(super) fn moment(moment: Timestamp, now: Timestamp) -> String {
    let date = |time: Timestamp| time.strftime("%F").to_string();
    let format = if date(moment) == date(now) { "%H:%M:%SZ" } else { "%FT%H:%M:%SZ" };
    moment.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        let of = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!([of(0), of(42), of(252), of(300)], ["0s", "42s", "4m12s", "5m"]);
        assert_eq!([of(7_385), of(273_600), of(-5)], ["2h3m", "3d4h", "0s"]);
    }

    #[test]
    fn a_moment_of_another_day_has_its_date() {
        let now: Timestamp = "2026-11-24T10:45:00Z".parse().unwrap();
        assert_eq!(moment("2026-11-24T10:41:03Z".parse().unwrap(), now), "10:41:03Z");
        assert_eq!(moment("2026-11-23T10:41:03Z".parse().unwrap(), now), "2026-11-23T10:41:03Z");
    }
}
