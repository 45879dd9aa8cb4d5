//! Waiting, together: all that wait for the same handler in the same scope are asked for in one call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::settings::PollSettings;
use crate::model::{ResourceType, Scope};
use crate::providers::{PendingItem, ProviderError, Readiness};

/// One answer for one that waits.
pub(super) type Answer = Result<Readiness, ProviderError>;

type Key = (ResourceType, Scope);

/// Those that wait, by handler and scope.
///
/// Whoever joins an empty group leads it: it sleeps until the next poll is due, asks for all that have joined by then,
/// and hands out the answers. So there is no task to own or to stop.
#[derive(Debug)]
pub(super) struct Polls {
    settings: PollSettings,
    groups: Mutex<HashMap<Key, Group>>,
}

#[derive(Debug)]
struct Group {
    members: Vec<(PendingItem, oneshot::Sender<Answer>)>,
    due: Instant,
    earlier: Arc<Notify>,
}

impl Polls {
    pub(super) fn new(settings: PollSettings) -> Self {
        Self { settings, groups: Mutex::default() }
    }

    fn groups(&self) -> MutexGuard<'_, HashMap<Key, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until the next look at something that usually takes so long: a twentieth of that, within bounds; the
    /// first look may come sooner.
    pub(super) fn pause(&self, usual: Duration, first: bool) -> Duration {
        let least = if first { Duration::ZERO } else { self.settings.least };
        (usual / 20).clamp(least.min(self.settings.most), self.settings.most)
    }

    /// Waits for one answer about one resource, no later than the pause, sooner if the group is asked for sooner.
    /// `ask` makes the call for all members; the leader's is used.
    pub(super) async fn look<F>(
        &self,
        key: Key,
        item: PendingItem,
        pause: Duration,
        ask: impl FnOnce(Vec<PendingItem>) -> F,
    ) -> Answer
    where
        F: Future<Output = Result<Vec<Readiness>, ProviderError>>,
    {
        let (send, receive) = oneshot::channel();
        let due = Instant::now() + pause;
        let lead = self.join(&key, item, send, due);
        if let Some(earlier) = lead {
            self.until_due(&key, &earlier).await;
            self.ask_for_all(&key, ask).await;
        }
        match receive.await {
            Ok(answer) => answer,
            // All steps of an apply are dropped together, the leader too: nobody is left to hear an answer.
            Err(_) => std::future::pending().await,
        }
    }

    /// Joins the group; whoever founds it gets the bell that rings when a poll is due sooner.
    fn join(
        &self,
        key: &Key,
        item: PendingItem,
        answer: oneshot::Sender<Answer>,
        due: Instant,
    ) -> Option<Arc<Notify>> {
        let mut groups = self.groups();
        if let Some(group) = groups.get_mut(key) {
            group.members.push((item, answer));
            if due < group.due {
                group.due = due;
                group.earlier.notify_one();
            }
            return None;
        }
        let earlier = Arc::new(Notify::new());
        groups.insert(key.clone(), Group { members: vec![(item, answer)], due, earlier: earlier.clone() });
        Some(earlier)
    }

    async fn until_due(&self, key: &Key, earlier: &Notify) {
        loop {
            let Some(due) = self.groups().get(key).map(|group| group.due) else { return };
            tokio::select! {
                () = tokio::time::sleep_until(due) => return,
                () = earlier.notified() => {}
            }
        }
    }

    async fn ask_for_all<F>(&self, key: &Key, ask: impl FnOnce(Vec<PendingItem>) -> F)
    where
        F: Future<Output = Result<Vec<Readiness>, ProviderError>>,
    {
        // Once the group is out of the map, those who come later found the next one.
        let Some(group) = self.groups().remove(key) else { return };
        let (items, waiting): (Vec<_>, Vec<_>) = group.members.into_iter().unzip();
        match ask(items).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for member in waiting {
                    let answer = answers.next().unwrap_or_else(|| Readiness::Waiting("no answer".to_owned()));
                    // A member that stopped listening does not mind.
                    let _ = member.send(Ok(answer));
                }
            }
            Err(error) => {
                for member in waiting {
                    let _ = member.send(Err(error.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Settings;
    use crate::model::{Address, Identifier, JsonMap};

    fn item(name: &str) -> PendingItem {
        PendingItem {
            identifier: Identifier::new(name),
            address: Address::new("eu-west-1", name, None),
            properties: JsonMap::new(),
            deleting: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_wait_share_a_call_and_the_most_impatient_sets_its_time() {
        let polls = Polls::new(Settings::default().poll);
        let calls = Mutex::new(Vec::new());
        let start = Instant::now();
        let look = |name: &'static str, seconds| {
            let calls = &calls;
            let key = (ResourceType::new("AWS::EC2::VPC"), Scope::Global);
            polls.look(key, item(name), Duration::from_secs(seconds), async move |items| {
                calls.lock().unwrap().push(items.len());
                let answer = |item: &PendingItem| match item.identifier.as_str() {
                    "b" => Readiness::Gone,
                    name => Readiness::Waiting(name.to_owned()),
                };
                Ok(items.iter().map(answer).collect())
            })
        };
        let (a, b, c) = tokio::join!(look("a", 60), look("b", 5), look("c", 90));
        assert_eq!(*calls.lock().unwrap(), [3]);
        assert_eq!(start.elapsed().as_secs(), 5);
        assert_eq!(a.unwrap(), Readiness::Waiting("a".into()));
        assert_eq!(b.unwrap(), Readiness::Gone);
        assert_eq!(c.unwrap(), Readiness::Waiting("c".into()));
    }

    #[test]
    fn long_waits_are_looked_at_seldom_and_short_ones_at_once() {
        let polls = Polls::new(Settings::default().poll);
        assert_eq!(polls.pause(Duration::from_mins(10), false), Duration::from_secs(15));
        assert_eq!(polls.pause(Duration::from_secs(2), false), Duration::from_millis(500));
        assert_eq!(polls.pause(Duration::from_secs(2), true), Duration::from_millis(100));
    }
}
