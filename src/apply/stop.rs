//! The user's wish to stop: once, nothing new starts; twice, the apply is left at once.

use tokio::sync::watch;

/// A handle to stop an apply from elsewhere: a signal handler, a lost lock.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<Wish>);

/// What is wished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// To go on.
    #[default]
    GoOn,
    /// To start nothing new and wait for what runs.
    WindDown,
    /// To leave at once.
    Leave,
}

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(Wish::GoOn))
    }
}

impl Stop {
    /// One step further: from going on to winding down, from there to leaving.
    pub fn request(&self) {
        self.0.send_modify(|wish| *wish = if *wish == Wish::GoOn { Wish::WindDown } else { Wish::Leave });
    }

    /// What is wished now.
    pub fn wish(&self) -> Wish {
        *self.0.borrow()
    }

    /// Returns when more is wished than this.
    pub async fn beyond(&self, wish: Wish) -> Wish {
        let mut changes = self.0.subscribe();
        match changes.wait_for(|now| *now > wish).await {
            Ok(now) => *now,
            // The sender lives in `self`: the channel can't be closed while this waits.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_request_leaves() {
        let stop = Stop::default();
        assert_eq!(stop.wish(), Wish::GoOn);
        stop.request();
        assert_eq!(stop.beyond(Wish::GoOn).await, Wish::WindDown);
        stop.clone().request();
        assert_eq!(stop.beyond(Wish::WindDown).await, Wish::Leave);
    }
}
