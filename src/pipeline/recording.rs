//! Writes an apply's record at its begin, while it goes, and at its end: one that is killed has a history, too.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::apply::{Event, Listener};
use crate::ledger::{ApplyRecord, Ledger, LedgerError, LockInfo, Recorder};

/// The longest time between an event and its place in the history.
const PAUSE: Duration = Duration::from_secs(30);
/// So many events are not left unwritten.
const EVENTS: usize = 50;

/// The record of a running apply.
pub(super) struct Recording<'a> {
    ledger: &'a Ledger,
    heard: Mutex<Heard>,
    much: Notify,
}

struct Heard {
    recorder: Recorder,
    unwritten: usize,
    is_over: bool,
}

impl<'a> Recording<'a> {
    /// Of what the holder of this lock does.
    pub(super) fn new(ledger: &'a Ledger, lock: &LockInfo) -> Self {
        let heard = Heard { recorder: Recorder::new(lock), unwritten: 0, is_over: false };
        Self { ledger, heard: Mutex::new(heard), much: Notify::new() }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is heard until the apply is over. What fails here is tried again at the end.
    pub(super) async fn keep(&self) {
        loop {
            if let Err(error) = self.ledger.record(&self.so_far()).await {
                tracing::debug!("the history can't be written: {error}");
            }
            while self.is_quiet() {
                tokio::select! {
                    () = self.much.notified() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
            if self.heard().is_over {
                return;
            }
        }
    }

    fn is_quiet(&self) -> bool {
        let heard = self.heard();
        heard.unwritten == 0 && !heard.is_over
    }

    fn so_far(&self) -> ApplyRecord {
        let mut heard = self.heard();
        heard.unwritten = 0;
        heard.recorder.clone().finish(BTreeMap::new())
    }

    /// Writes all of it.
    pub(super) async fn end(self, api_calls: BTreeMap<String, u64>) -> Result<(), LedgerError> {
        let heard = self.heard.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.ledger.record(&heard.recorder.finish(api_calls)).await
    }
}

impl Listener for &Recording<'_> {
    fn hear(&mut self, event: &Event) {
        let mut heard = self.heard();
        heard.recorder.hear(event);
        heard.unwritten += 1;
        heard.is_over = matches!(event, Event::Ended { .. });
        if heard.is_over || heard.unwritten >= EVENTS {
            self.much.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::{Outcome, Step};
    use crate::ledger::Fate;
    use crate::model::{Action, Address, ResourceType};

    fn started(index: usize) -> Event {
        Event::Started {
            address: Address::new("eu-west-1", &format!("r{index}"), None),
            resource_type: ResourceType::new("AWS::EC2::VPC"),
            action: Action::Create,
            step: Step::Create,
            at_ms: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_apply_that_is_killed_has_a_history() {
        let ledger = Ledger::in_memory();
        let recording = Recording::new(&ledger, &LockInfo::mine("apply stage-2"));
        let mut ear = &recording;
        let changes = async || ledger.history(1).await.unwrap().pop().map(|record| record.changes.len());
        let killed = async {
            tokio::task::yield_now().await;
            assert_eq!(changes().await, Some(0), "it is there from the begin");
            ear.hear(&started(0));
            tokio::time::sleep(Duration::from_secs(31)).await;
            assert_eq!(changes().await, Some(1));
            (1..=EVENTS).for_each(|index| ear.hear(&started(index)));
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert_eq!(changes().await, Some(EVENTS + 1), "much is written at once");
        };
        tokio::select! {
            () = recording.keep() => panic!("it is not over"),
            () = killed => {}
        }
        let history = ledger.history(9).await.unwrap();
        assert_eq!((history.len(), history[0].ended), (1, None));
        assert_eq!(history[0].changes[0].fate, Fate::Unfinished);
    }

    #[tokio::test]
    async fn what_ends_is_written_once_more_with_its_calls() {
        let ledger = Ledger::in_memory();
        let recording = Recording::new(&ledger, &LockInfo::mine("apply"));
        (&mut &recording).hear(&Event::Ended { outcome: Outcome::default(), at_ms: 0 });
        recording.keep().await;
        recording.end([("ec2".to_owned(), 3)].into()).await.unwrap();
        let history = ledger.history(9).await.unwrap();
        assert_eq!((history.len(), history[0].ended.is_some()), (1, true));
        assert_eq!(history[0].api_calls["ec2"], 3);
    }
}
