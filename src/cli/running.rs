//! What `apply`, `destroy` and `import` share: the lock, the question, the display, Ctrl-C, the last words.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin, stdout};
use std::process::ExitCode;
use std::time::Duration;

use miette::{IntoDiagnostic, bail};
use tokio::task::{JoinHandle, spawn_blocking};

use super::Common;
use super::condition::Condition;
use super::invocation;
use super::out::write_error;
use super::session::Session;
use super::telling::{print_outputs, print_plan, refuse_problems, refuse_without_consent};
use crate::apply::{Listener, Report, Stop, Wish};
use crate::ledger::Lease;
use crate::pipeline::{CarryOut, Goal, Planned, carry_out};
use crate::plan::Filter;
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
    stop: Stop,
    signals: JoinHandle<()>,
}

impl<'a> Running<'a> {
    /// Takes the lock, so that what is planned is still true when it is carried out.
    pub async fn begin(
        session: &'a Session<'a>,
        common: &'a Common,
        wishes: &'a Wishes,
    ) -> miette::Result<Self> {
        if !wishes.yes && (common.json || !stdin().is_terminal()) {
            bail!("there is nobody to ask; to carry it out without a question add --yes");
        }
        if session.world.is_forgotten() && !common.json {
            warn_line!("Simulated: nothing is kept after this run; `--simulate=FILE` keeps it.");
        }
        let wait = Duration::from_secs(wishes.lock_timeout);
        let command = invocation::arguments();
        let lease = session.ledger.lock(&command, wait).await.into_diagnostic()?;
        let stop = Stop::default();
        let signals = tokio::spawn(wind_down(stop.clone()));
        Ok(Self { session, common, wishes, lease, command, stop, signals })
    }

    /// Plans, shows, asks, applies.
    pub async fn carry_out(
        &self,
        goal: Goal<'_>,
        filter: Filter,
        condition: Condition<'_>,
    ) -> miette::Result<ExitCode> {
        let agreed = tokio::select! {
            agreed = self.agreed(goal, filter, condition) => agreed?,
            _ = self.stop.beyond(Wish::GoOn) => None,
        };
        let Some(planned) = agreed else {
            tell_line!("\nNothing was changed.");
            return Ok(ExitCode::FAILURE);
        };
        let report = self.apply(&planned).await?;
        self.tell(goal, &report, condition)
    }

    /// A plan that may be carried out; none if the answer is no.
    async fn agreed(
        &self,
        goal: Goal<'_>,
        filter: Filter,
        condition: Condition<'_>,
    ) -> miette::Result<Option<Planned>> {
        let planned = self.session.plan_only(goal, filter).await?;
        if planned.problems.is_empty() {
            condition.verify(&planned)?;
        }
        let Planned { plan, problems, unsearched, .. } = &planned;
        if self.common.json {
            write_error(format_args!("{}", text::unsearched(unsearched, text::Style::default())));
        } else {
            print_plan(plan, problems, unsearched, self.common, self.wishes.full)?;
        }
        refuse_problems(&planned.problems)?;
        refuse_without_consent(&planned.plan, &self.common.allow_destroy)?;
        let has_to_ask = !planned.plan.steps.is_empty() && !self.wishes.yes;
        // A thread of its own: a signal has to be heard while nobody answers.
        let answer = if has_to_ask { spawn_blocking(confirmed).await.into_diagnostic()?? } else { true };
        Ok(answer.then_some(planned))
    }

    /// Gives the lock back, whatever came of it. One that can't be given back ends by itself.
    pub async fn end(self, outcome: miette::Result<ExitCode>) -> miette::Result<ExitCode> {
        self.signals.abort();
        if let Err(error) = self.lease.release().await {
            tracing::warn!("the lock is left to its end: {error}");
        }
        outcome
    }

    async fn apply(&self, planned: &Planned) -> miette::Result<Report> {
        let mut listener = listener(self.common.json);
        let request = CarryOut {
            world: &self.session.world,
            ledger: &self.session.ledger,
            lease: &self.lease,
            planned,
            allow_destroy: &self.common.allow_destroy,
            stop: self.stop.clone(),
            listener: &mut *listener,
        };
        carry_out(request).await.into_diagnostic()
    }

    fn tell(&self, goal: Goal<'_>, report: &Report, condition: Condition<'_>) -> miette::Result<ExitCode> {
        if !self.common.json {
            let command = condition.can_be_repeated().then(|| format!("stackctl {}", self.command));
            tell!("{}", ending(report, command.as_deref()));
        }
        if let Goal::Stage(compiled) = goal {
            print_outputs(compiled, &report.attributes, self.common.json)?;
            self.note_written_stage(compiled.stage.number);
        }
        Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Where stackctl.yaml names another stage than the one applied, it is what commands go by that name none.
    fn note_written_stage(&self, applied: u32) {
        if let Some(written) = self.session.project.current_stage().filter(|written| *written != applied) {
            warn_line!("stackctl.yaml still says stage {written}: commands that name no stage go by it.");
        }
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

/// The first Ctrl-C (or a SIGTERM) starts nothing new and waits for what runs; the second leaves at once. An apply tells
/// of both itself.
async fn wind_down(stop: Stop) {
    while interrupted().await.is_ok() {
        stop.request();
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
