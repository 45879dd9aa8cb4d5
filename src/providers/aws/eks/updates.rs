//! Updates that EKS carries out by itself, one at a time for each resource: the first is sent by the handler's `update`,
//! each of the others when `ready` finds that the one before it has ended.
//!
//! What is still to be sent is remembered by this process alone: what a lost process left undone the next plan sees.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_eks::Client;
use aws_sdk_eks::operation::update_addon::builders::UpdateAddonFluentBuilder;
use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigFluentBuilder;
use aws_sdk_eks::operation::update_cluster_version::builders::UpdateClusterVersionFluentBuilder;
use aws_sdk_eks::operation::update_nodegroup_config::builders::UpdateNodegroupConfigFluentBuilder;
use aws_sdk_eks::operation::update_nodegroup_version::builders::UpdateNodegroupVersionFluentBuilder;
use aws_sdk_eks::types::{Update as SdkUpdate, UpdateStatus};

use super::super::failed;
use super::{health, settling};
use crate::model::{Identifier, Token};
use crate::providers::{ErrorKind, ProviderError, Readiness, Result};

/// One update: the call that starts it, and what it does.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does, in words: `upgrade to 1.31`.
    pub words: String,
    /// The call.
    pub call: Call,
}

/// The calls that start an update.
#[derive(Clone, Debug)]
pub enum Call {
    /// `UpdateClusterConfig`: one kind of setting a call.
    ClusterConfig(Box<UpdateClusterConfigFluentBuilder>),
    /// `UpdateClusterVersion`: one minor version a call.
    ClusterVersion(Box<UpdateClusterVersionFluentBuilder>),
    /// `UpdateNodegroupConfig`.
    NodegroupConfig(Box<UpdateNodegroupConfigFluentBuilder>),
    /// `UpdateNodegroupVersion`.
    NodegroupVersion(Box<UpdateNodegroupVersionFluentBuilder>),
    /// `UpdateAddon`.
    Addon(Box<UpdateAddonFluentBuilder>),
}

/// The token of one step of an update: the same for a repeated attempt.
pub fn step_token(token: &Token, step: &str) -> String {
    crate::model::Digest::of(format!("{} {step}", token.as_str()).as_bytes()).to_string()
}

impl Step {
    /// Starts it; the id of the update that runs from now on, none where there is nothing to wait for.
    async fn start(&self) -> Result<Option<String>> {
        match self.send().await.map_err(settling) {
            Ok(update) => Ok(update.filter(is_under_way).and_then(|update| update.id)),
            Err(error) if is_done_already(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send(&self) -> Result<Option<SdkUpdate>> {
        match self.call.clone() {
            Call::ClusterConfig(call) => {
                call.send().await.map(|answer| answer.update).map_err(failed("eks:UpdateClusterConfig"))
            }
            Call::ClusterVersion(call) => {
                call.send().await.map(|answer| answer.update).map_err(failed("eks:UpdateClusterVersion"))
            }
            Call::NodegroupConfig(call) => {
                call.send().await.map(|answer| answer.update).map_err(failed("eks:UpdateNodegroupConfig"))
            }
            Call::NodegroupVersion(call) => {
                call.send().await.map(|answer| answer.update).map_err(failed("eks:UpdateNodegroupVersion"))
            }
            Call::Addon(call) => {
                call.send().await.map(|answer| answer.update).map_err(failed("eks:UpdateAddon"))
            }
        }
    }
}

/// An update that ended at once needs no watching, one that failed does: `DescribeUpdate` says why.
fn is_under_way(update: &SdkUpdate) -> bool {
    update.status() != Some(&UpdateStatus::Successful)
}

/// EKS refuses an update that changes nothing: an attempt whose answer was lost has done it.
fn is_done_already(error: &ProviderError) -> bool {
    let says = |words: &str| error.message.to_ascii_lowercase().contains(words);
    error.kind == ErrorKind::Invalid && (says("already at the desired") || says("no changes needed"))
}

/// Whose updates: the names that `DescribeUpdate` asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The node group, if it is one's.
    pub nodegroup: Option<&'a str>,
    /// The add-on, if it is one's.
    pub addon: Option<&'a str>,
}

/// The updates that this process has begun, by resource.
#[derive(Debug, Default)]
pub struct Updates(Mutex<HashMap<Identifier, Course>>);

/// What runs of a resource's updates, and what follows.
#[derive(Debug, Default)]
struct Course {
    running: Option<Running>,
    rest: VecDeque<Step>,
}

#[derive(Debug)]
struct Running {
    id: String,
    words: String,
}

impl Updates {
    fn courses(&self) -> MutexGuard<'_, HashMap<Identifier, Course>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the first step and remembers the others for [`progress`](Self::progress), and the first one too while another
    /// update of the resource runs: a rollout that a lost process began may take an hour.
    pub async fn begin(&self, of: &Identifier, steps: Vec<Step>) -> Result<()> {
        let mut course = Course { running: None, rest: steps.into() };
        match course.start_next().await {
            Err(error) if error.kind != ErrorKind::InUse => return Err(error),
            _ => self.courses().insert(of.clone(), course),
        };
        Ok(())
    }

    /// How far the updates of a resource are; starts the next one when one has ended. `None` where nothing is under way
    /// (any more): then the resource itself tells.
    pub async fn progress(
        &self,
        client: &Client,
        subject: Subject<'_>,
        of: &Identifier,
    ) -> Result<Option<Readiness>> {
        let Some(mut course) = self.courses().remove(of) else { return Ok(None) };
        let answer = course.advance(client, subject).await;
        if matches!(answer, Err(_) | Ok(Some(Readiness::Waiting(_)))) {
            self.courses().insert(of.clone(), course);
        }
        answer
    }
}

impl Course {
    async fn advance(&mut self, client: &Client, subject: Subject<'_>) -> Result<Option<Readiness>> {
        if let Some(running) = &self.running {
            match look(client, subject, &running.id).await? {
                Look::Running => return Ok(Some(Readiness::Waiting(running.words.clone()))),
                Look::Failed(reason) => {
                    return Ok(Some(Readiness::Failed(format!("{}: {reason}", running.words))));
                }
                Look::Ended => self.running = None,
            }
        }
        match self.start_next().await {
            Ok(()) => Ok(self.running.as_ref().map(|running| Readiness::Waiting(running.words.clone()))),
            Err(error) => match error.kind {
                ErrorKind::InUse | ErrorKind::NotYet => Ok(Some(Readiness::Waiting(self.next_words(&error)))),
                kind if kind.is_retryable() => Err(error),
                _ => Ok(Some(Readiness::Failed(self.next_words(&error)))),
            },
        }
    }

    /// Starts steps until one runs, or none is left.
    async fn start_next(&mut self) -> Result<()> {
        while let Some(step) = self.rest.front() {
            let started = step.start().await?;
            let step = self.rest.pop_front();
            if let (Some(id), Some(step)) = (started, step) {
                self.running = Some(Running { id, words: step.words });
                return Ok(());
            }
        }
        Ok(())
    }

    fn next_words(&self, error: &ProviderError) -> String {
        self.rest.front().map_or_else(|| error.to_string(), |step| format!("{}: {error}", step.words))
    }
}

/// What `DescribeUpdate` says.
enum Look {
    Running,
    Ended,
    Failed(String),
}

async fn look(client: &Client, subject: Subject<'_>, id: &str) -> Result<Look> {
    let call = client
        .describe_update()
        .name(subject.cluster)
        .update_id(id)
        .set_nodegroup_name(subject.nodegroup.map(str::to_owned))
        .set_addon_name(subject.addon.map(str::to_owned));
    match call.send().await.map_err(failed("eks:DescribeUpdate")) {
        Ok(answer) => Ok(answer.update().map_or(Look::Ended, told)),
        // An update just begun may not be known yet, and one long past not any more: the resource itself tells.
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Look::Ended),
        Err(error) => Err(error),
    }
}

fn told(update: &SdkUpdate) -> Look {
    match update.status() {
        Some(UpdateStatus::InProgress) => Look::Running,
        Some(status @ (UpdateStatus::Failed | UpdateStatus::Cancelled)) => {
            Look::Failed(health::of_update(status.as_str(), update.errors()))
        }
        _ => Look::Ended,
    }
}
