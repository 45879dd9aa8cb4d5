//! An apply's events on a terminal: one bar for the whole, and a line for each step that runs, with how long it has been
//! running and what it waits for.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::events::{Count, did, doing, plain};
use crate::apply::{Event, Listener, human};
use crate::model::Address;

/// How many running steps are shown; the rest is counted in the bar's line.
const SHOWN: usize = 12;

/// The display.
pub struct Progress {
    screen: MultiProgress,
    whole: ProgressBar,
    running: HashMap<Address, Option<ProgressBar>>,
    count: Count,
}

impl Progress {
    /// A display on standard error, so that standard output stays free for what the command prints.
    pub fn on_stderr() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    /// A display on anything that can be drawn on.
    pub fn on(target: ProgressDrawTarget) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let whole = screen.add(ProgressBar::new(0));
        whole.set_style(style("{bar:30.green/dim} {pos}/{len} {elapsed} {msg}"));
        Self { screen, whole, running: HashMap::new(), count: Count::default() }
    }

    fn start(&mut self, address: &Address, what: String) {
        let shown = self.running.values().flatten().count();
        let line = (shown < SHOWN).then(|| {
            let line = self.screen.insert_before(&self.whole, ProgressBar::new_spinner());
            line.set_style(style("{spinner:.cyan} {prefix} {elapsed:.dim} {wide_msg:.dim}"));
            line.set_prefix(what);
            line.enable_steady_tick(Duration::from_millis(120));
            line
        });
        self.running.insert(address.clone(), line);
        self.tell_hidden();
    }

    fn say(&self, address: &Address, words: &str) {
        if let Some(Some(line)) = self.running.get(address) {
            line.set_message(words.to_owned());
        }
    }

    fn end(&mut self, address: &Address, line: &str) {
        if let Some(Some(bar)) = self.running.remove(address) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        self.print(line);
        self.whole.set_position(self.count.ended as u64);
        self.tell_hidden();
    }

    fn tell_hidden(&self) {
        let hidden = self.running.values().filter(|line| line.is_none()).count();
        self.whole.set_message(if hidden > 0 {
            format!("and {hidden} more under way")
        } else {
            String::new()
        });
    }

    fn print(&self, line: &str) {
        // A terminal that went away must not stop an apply.
        let _ = self.screen.println(line);
    }
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event) {
        self.count.hear(event);
        match event {
            Event::Began { changes, .. } => {
                self.whole.set_length(*changes as u64);
                self.whole.enable_steady_tick(Duration::from_secs(1));
            }
            Event::Started { address, action, step, .. } => {
                self.start(address, format!("{address} {}", doing(*action, *step)));
            }
            Event::Waiting { address, reason, .. } => self.say(address, reason),
            Event::Retrying { address, error, attempt, .. } => {
                self.say(address, &format!("try {attempt} failed: {error}"));
            }
            Event::Finished { address, action, step, identifier, took_ms, .. } => {
                let took = human(Duration::from_millis(*took_ms));
                self.end(address, &format!("✓ {address} {} {identifier} in {took}", did(*action, *step)));
            }
            Event::Failed { address, .. } => {
                let line = plain(event, &self.count).unwrap_or_default();
                self.end(address, &format!("✗ {line}"));
            }
            // What is skipped is listed in the final report; here it only counts.
            Event::Skipped { .. } => self.whole.set_position(self.count.ended as u64),
            Event::Interrupted { .. } => self.print(&plain(event, &self.count).unwrap_or_default()),
            Event::Ended { .. } => {
                self.whole.finish_and_clear();
                let _ = self.screen.clear();
            }
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; a wrong one shows as indicatif's own line.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
