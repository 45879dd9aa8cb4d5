//! What keeps a container of a pod from running.

use super::super::object::{Object, reasoned};
use super::event::{Event, Events};
use super::trouble::{Kind, Trouble};

/// The trouble of the pod's first container that has one; init containers run before all others.
pub(super) fn trouble(pod: Object<'_>, events: &Events<'_>) -> Option<Trouble> {
    let statuses = pod
        .objects("status.initContainerStatuses")
        .map(|status| (status, "spec.initContainers", "init container"))
        .chain(
            pod.objects("status.containerStatuses").map(|status| (status, "spec.containers", "container")),
        );
    statuses.into_iter().find_map(|(status, specs, word)| {
        let spec = pod.objects(specs).find(|spec| spec.str("name") == status.str("name"));
        Container { pod, status, spec, word }.trouble(events)
    })
}

#[derive(Clone, Copy)]
struct Container<'a> {
    pod: Object<'a>,
    status: Object<'a>,
    spec: Option<Object<'a>>,
    word: &'static str,
}

impl<'a> Container<'a> {
    fn trouble(self, events: &Events<'_>) -> Option<Trouble> {
        let waiting = self.status.str("state.waiting.reason");
        match waiting {
            "ErrImagePull"
            | "ImagePullBackOff"
            | "RegistryUnavailable"
            | "ImageInspectError"
            | "SignatureValidationFailed" => Some(self.pull(Kind::Image, events)),
            "InvalidImageName" | "ErrImageNeverPull" => Some(self.pull(Kind::BadImage, events)),
            "CreateContainerConfigError"
            | "CreateContainerError"
            | "RunContainerError"
            | "PreCreateHookError"
            | "PreStartHookError"
            | "PostStartHookError" => {
                let detail = reasoned(waiting, self.status.str("state.waiting.message"));
                Some(Trouble::new(Kind::Start, self.named(), detail))
            }
            "CrashLoopBackOff" => Some(self.crash(self.last_end(), true, events)),
            _ => self.ended().map(|end| self.crash(Some(end), false, events)),
        }
    }

    /// `container `api``.
    fn named(self) -> String {
        format!("{} `{}`", self.word, self.status.str("name"))
    }

    fn last_end(self) -> Option<Object<'a>> {
        self.status.object("lastState.terminated")
    }

    /// How it ended without success: between two starts, or before the present one that is not ready yet.
    fn ended(self) -> Option<Object<'a>> {
        let failed = |end: &Object<'_>| end.count("exitCode") != 0;
        match self.status.object("state.terminated") {
            Some(end) => Some(end).filter(failed),
            None if self.status.flag("ready") => None,
            None => self.last_end().filter(failed),
        }
    }

    /// While the kubelet backs off, the container's own message says only that; the event of the last attempt has the
    /// registry's answer.
    fn pull(self, kind: Kind, events: &Events<'_>) -> Trouble {
        let image = match self.spec.map(|spec| spec.str("image")) {
            Some(image) if !image.is_empty() => image,
            _ => self.status.str("image"),
        };
        let reason = self.status.str("state.waiting.reason");
        let message = self.status.str("state.waiting.message");
        let answer = events
            .about("Pod", self.pod)
            .filter(|event| event.reason() == "Failed")
            .find_map(|event| pull_answer(event.message(), image));
        let detail = match answer {
            Some(answer) if reason == "ImagePullBackOff" => reasoned("ErrImagePull", answer),
            _ => reasoned(reason, message),
        };
        Trouble::new(kind, image, detail)
    }

    fn crash(self, end: Option<Object<'_>>, backing_off: bool, events: &Events<'_>) -> Trouble {
        let kind = Kind::Crash {
            restarts: self.status.count("restartCount"),
            backing_off,
            last: end.and_then(|end| end.time("finishedAt")),
        };
        let how = end.map_or_else(|| "ends again and again".to_owned(), |end| self.exit(end));
        let said = end.map(|end| end.str("message")).unwrap_or_default();
        let probe = || {
            let events = events.about("Pod", self.pod).filter(|event| event.reason() == "Unhealthy");
            events.map(Event::message).find(|message| !message.starts_with("Readiness"))
        };
        let detail = if said.is_empty() { probe().unwrap_or_default() } else { said };
        Trouble::new(kind, format!("{} {how}", self.named()), detail)
    }

    /// `exits with code 1 (Error)`, `is killed for want of memory (OOMKilled, limit 64Mi)`.
    fn exit(self, end: Object<'_>) -> String {
        let reason = end.str("reason");
        if reason == "OOMKilled" {
            let limit = self.spec.map(|spec| spec.str("resources.limits.memory")).unwrap_or_default();
            let limit = if limit.is_empty() { String::new() } else { format!(", limit {limit}") };
            return format!("is killed for want of memory (OOMKilled{limit})");
        }
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("exits with code {}{reason}", end.count("exitCode"))
    }
}

/// The registry's answer in the event of a failed pull: `Failed to pull image "nginx:missing": <answer>`.
fn pull_answer<'m>(message: &'m str, image: &str) -> Option<&'m str> {
    let answer = message.strip_prefix("Failed to pull image ")?;
    let answer = answer.strip_prefix(&format!("\"{image}\"")).unwrap_or(answer);
    Some(answer.trim_start_matches([':', ' ']))
}
