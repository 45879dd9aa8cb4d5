//! What `apply`, `destroy` and `import` share: the lock, the question, the display, Ctrl-C, the last words.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use miette::{IntoDiagnostic, bail, miette};

use super::Common;
use super::out::write_error;
use super::session::Session;
use super::telling::{print_outputs, print_plan, refuse_problems, refuse_without_consent};
use crate::apply::{Listener, Report, Stop};
use crate::ledger::Lease;
use crate::pipeline::{CarryOut, Goal, Planned, carry_out};
use crate::plan::{Filter, SavedPlan};
use crate::report::{JsonLines, PlainLines, Progress, ending, text};

/// How changes are carried out.
#[derive(Debug, clap::Args)]
pub struct Wishes {
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show every property, and whole values
    #[arg(long)]
    pub full: bool,
    /// How long to wait for somebody else's lock, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub lock_timeout: u64,
}

/// A command that changes something, with the stack's lock in its hand.
pub struct Running<'a> {
    session: &'a Session<'a>,
    common: &'a Common,
    wishes: &'a Wishes,
    lease: Lease,
    command: String,
}

impl<'a> Running<'a> {
    /// Takes the lock, so that what is planned is still true when it is carried out.
    pub async fn begin(
        session: &'a Session<'a>,
        common: &'a Common,
        wishes: &'a Wishes,
        command: &str,
    ) -> miette::Result<Self> {
        if !wishes.yes && (common.json || !stdin().is_terminal()) {
            bail!("there is nobody to ask; to carry it out without a question add --yes");
        }
        let wait = Duration::from_secs(wishes.lock_timeout);
        let lease = session.ledger.lock(command, wait).await.into_diagnostic()?;
        Ok(Self { session, common, wishes, lease, command: command.to_owned() })
    }

    /// Plans, shows, asks, applies.
    pub async fn carry_out(
        &self,
        goal: Goal<'_>,
        filter: Filter,
        saved: Option<(&str, &SavedPlan)>,
    ) -> miette::Result<ExitCode> {
        let planned = self.session.plan_only(goal, filter).await?;
        if self.common.json {
            write_error(format_args!("{}", text::unsearched(&planned.unsearched, text::Style::default())));
        } else {
            print_plan(&planned.plan, &planned.unsearched, false, self.wishes.full)?;
        }
        refuse_problems(&planned.problems)?;
        if let Some((file, saved)) = saved {
            saved.verify(&planned.plan).map_err(|differences| {
                let lines: Vec<String> = differences.iter().map(|one| format!("  {one}")).collect();
                miette!("{file} no longer holds; nothing was changed:\n{}\nplan again", lines.join("\n"))
            })?;
        }
        refuse_without_consent(&planned.plan, &self.common.allow_destroy)?;
        if !planned.plan.steps.is_empty() && !self.wishes.yes && !confirmed()? {
            tell_line!("Nothing was changed.");
            return Ok(ExitCode::FAILURE);
        }
        let report = self.apply(&planned).await?;
        self.tell(goal, &report)
    }

    /// Gives the lock back, whatever came of it. One that can't be given back ends by itself.
    pub async fn end(self, outcome: miette::Result<ExitCode>) -> miette::Result<ExitCode> {
        if let Err(error) = self.lease.release().await {
            tracing::warn!("the lock is left to its end: {error}");
        }
        outcome
    }

    async fn apply(&self, planned: &Planned) -> miette::Result<Report> {
        let stop = Stop::default();
        let signals = tokio::spawn(wind_down(stop.clone()));
        let mut listener = listener(self.common.json);
        let request = CarryOut {
            world: &self.session.world,
            ledger: &self.session.ledger,
            lease: &self.lease,
            planned,
            allow_destroy: &self.common.allow_destroy,
            stop,
            listener: &mut *listener,
        };
        let report = carry_out(request).await.into_diagnostic();
        signals.abort();
        report
    }

    fn tell(&self, goal: Goal<'_>, report: &Report) -> miette::Result<ExitCode> {
        if !self.common.json {
            tell!("{}", ending(report, &format!("stackctl {}", self.command)));
        }
        if let Goal::Stage(compiled) = goal {
            print_outputs(compiled, &report.attributes, self.common.json)?;
        }
        Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn listener(json: bool) -> Box<dyn Listener + Send> {
    if json {
        Box::new(JsonLines(stdout()))
    } else if stderr().is_terminal() {
        Box::new(Progress::on_stderr())
    } else {
        Box::new(PlainLines::new(stderr()))
    }
}

/// The first Ctrl-C (or a SIGTERM) starts nothing new and waits for what runs; the second leaves at once.
async fn wind_down(stop: Stop) {
    loop {
        if interrupted().await.is_err() {
            return;
        }
        stop.request();
        warn_line!("\nStopping: nothing new starts; once more leaves at once. Both are safe to run again.");
    }
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn confirmed() -> miette::Result<bool> {
    tell!("Carry this out? Only `yes` does: ");
    stdout().flush().into_diagnostic()?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).into_diagnostic()?;
    Ok(answer.trim() == "yes")
}
