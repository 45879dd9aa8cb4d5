//! An apply's events on a terminal: one bar for the whole, and a line for each step that runs, with how long it has been
//! running and what it waits for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

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
    running: HashMap<Address, Running>,
    count: Count,
}

/// A step that runs.
struct Running {
    what: String,
    since: Instant,
    /// What it said last.
    words: String,
    /// Its line; none while others have all there are.
    line: Option<ProgressBar>,
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
        let step = Running { what, since: Instant::now(), words: String::new(), line: None };
        self.running.insert(address.clone(), step);
        self.fill();
    }

    /// Gives the lines that are free to those that have run longest without one.
    fn fill(&mut self) {
        let shown = self.running.values().filter(|step| step.line.is_some()).count();
        let mut hidden: Vec<&mut Running> =
            self.running.values_mut().filter(|step| step.line.is_none()).collect();
        hidden.sort_by_key(|step| step.since);
        let free = SHOWN.saturating_sub(shown);
        for step in hidden.iter_mut().take(free) {
            let line = ProgressBar::new_spinner().with_elapsed(step.since.elapsed());
            let line = self.screen.insert_before(&self.whole, line);
            line.set_style(style("{spinner:.cyan} {prefix} {elapsed:.dim} {wide_msg:.dim}"));
            line.set_prefix(step.what.clone());
            line.set_message(step.words.clone());
            line.enable_steady_tick(Duration::from_millis(120));
            step.line = Some(line);
        }
        self.whole.set_message(match hidden.len().saturating_sub(free) {
            0 => String::new(),
            hidden => format!("and {hidden} more under way"),
        });
    }

    fn say(&mut self, address: &Address, words: &str) {
        let Some(step) = self.running.get_mut(address) else { return };
        words.clone_into(&mut step.words);
        if let Some(line) = &step.line {
            line.set_message(words.to_owned());
        }
    }

    fn end(&mut self, address: &Address, line: &str) {
        if let Some(Running { line: Some(bar), .. }) = self.running.remove(address) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        self.print(line);
        self.whole.set_position(self.count.ended as u64);
        self.fill();
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

/// A line on standard error that says what is waited for until this is dropped; nothing where there is no terminal.
pub struct Waiting(ProgressBar);

impl Waiting {
    /// Says so from now on.
    pub fn on_stderr(what: &'static str) -> Self {
        let line = ProgressBar::new_spinner();
        line.set_style(style("{spinner:.cyan} {msg} {elapsed:.dim}"));
        line.set_message(what);
        line.enable_steady_tick(Duration::from_millis(120));
        Self(line)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; a wrong one shows as indicatif's own line.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_line_gets_the_first_that_is_free() {
        let mut progress = Progress::on(ProgressDrawTarget::hidden());
        let address = |at: usize| Address::new("eu-west-1", &format!("step{at}"), None);
        for at in 0..SHOWN + 2 {
            progress.start(&address(at), format!("step {at} creating"));
        }
        progress.say(&address(SHOWN), "1 of 3 replicas ready");
        assert_eq!(progress.whole.message(), "and 2 more under way");
        progress.end(&address(0), "done");
        let waited = progress.running[&address(SHOWN)].line.as_ref().expect("a line is free");
        assert_eq!(waited.message(), "1 of 3 replicas ready");
        assert!(progress.running[&address(SHOWN + 1)].line.is_none());
        assert_eq!(progress.whole.message(), "and 1 more under way");
    }
}
