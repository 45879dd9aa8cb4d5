//! What was heard of something while it was waited for, and how long that keeps a step patient.

use std::time::Duration;

use tokio::time::Instant;

/// One wait. What still moves is waited for; what says the same for too long is not.
pub(super) struct Watch {
    pub(super) since: Instant,
    pub(super) looks: u32,
    words: String,
    moved: Instant,
}

impl Watch {
    /// Begins now.
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { since: now, looks: 0, words: String::new(), moved: now }
    }

    /// Hears what it waits for. Returns whether that is something else than before.
    pub(super) fn hear(&mut self, words: &str) -> bool {
        let is_new = self.words != words;
        if is_new {
            words.clone_into(&mut self.words);
            self.moved = Instant::now();
        }
        is_new
    }

    /// Whether nothing has moved for so long, or it has moved for longer than anything may.
    pub(super) fn is_hopeless(&self, patience: Duration, most: Duration) -> bool {
        self.moved.elapsed() >= patience || self.since.elapsed() >= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_mins(10);
    const MOST: Duration = Duration::from_hours(6);

    #[tokio::test(start_paused = true)]
    async fn what_moves_is_waited_for_and_what_stands_still_is_not() {
        let mut watch = Watch::new();
        for percent in 0..10 {
            watch.hear(&format!("{percent}0% replaced"));
            tokio::time::sleep(Duration::from_mins(4)).await;
            assert!(!watch.is_hopeless(PATIENCE, MOST), "{percent}0%");
        }
        tokio::time::sleep(Duration::from_mins(6)).await;
        assert!(watch.is_hopeless(PATIENCE, MOST));
    }

    #[tokio::test(start_paused = true)]
    async fn what_moves_for_ever_is_given_up_some_day() {
        let mut watch = Watch::new();
        let mut turns = 0;
        while !watch.is_hopeless(PATIENCE, MOST) {
            watch.hear(&format!("try {turns}"));
            tokio::time::sleep(Duration::from_mins(1)).await;
            turns += 1;
        }
        assert_eq!(turns, 360);
    }
}
