"""What a kubelet would write into a Pod's status, as a function of the Pod, its images and how far it has come.

An image's name says how its container fares; the patterns can be set on nodes.py's command line:

    missing   can't be pulled: ErrImagePull, then ImagePullBackOff
    crash     starts and ends with exit code 1: CrashLoopBackOff, or a failed Pod where it isn't restarted
    slow      runs and is ready five seconds later
    unready   runs and is never ready

All others run and are ready at once; in a Job's Pod they end well.
"""

import datetime
import hashlib
import re
from dataclasses import dataclass, field

DEFAULT_PATTERNS = {
    "missing": r":missing$|does-not-exist",
    "crash": r":crash$|crash-loop",
    "slow": r":slow$",
    "unready": r":unready$",
}
# Seconds from one step to the next.
PULL_AGAIN = CRASH = COMPLETE = 0.5
SLOW = 5
BACK_OFF, LONGEST_BACK_OFF = 10, 300


@dataclass
class Outcome:
    """A status, the events that go with it, and in how many seconds the Pod's next step is due, if ever."""

    status: dict
    events: list = field(default_factory=list)
    next_step: float | None = None


def compiled(patterns):
    return {fate: re.compile(pattern) for fate, pattern in patterns.items()}


def fate(container, patterns):
    """The first pattern that the image's name matches, or None."""
    return next((name for name, pattern in patterns.items() if pattern.search(container["image"])), None)


def is_job(pod):
    return any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", []))


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def outcome(pod, step, address, patterns):
    """The status of a Pod that has a node, at its `step` (0, 1, 2...)."""
    since = pod["status"].get("startTime") or now()
    initial = [describe(pod, each, step, patterns, since, initial=True) for each in pod["spec"].get("initContainers", [])]
    started = all(each.done for each in initial)
    main = [
        describe(pod, each, step, patterns, since) if started else waiting_for_others(each)
        for each in pod["spec"]["containers"]
    ]
    states = initial + main
    status = {
        "phase": phase(pod, main, started),
        "startTime": since,
        "hostIP": "10.0.0.1",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "initContainerStatuses": [each.status for each in initial],
        "containerStatuses": [each.status for each in main],
        "conditions": kept(pod["status"].get("conditions", []), conditions(main, started)),
    }
    delays = [each.next_step for each in states if each.next_step is not None]
    return Outcome(status, [event for each in states for event in each.events], min(delays, default=None))


@dataclass
class Container:
    """One container at one step."""

    status: dict
    done: bool = False  # ended well
    failed: bool = False  # ended, for good
    events: list = field(default_factory=list)
    next_step: float | None = None


def describe(pod, container, step, patterns, since, initial=False):
    found = fate(container, patterns)
    ends = initial or is_job(pod)
    if found == "missing":
        return missing(pod, container, step)
    if found == "crash":
        return crashing(pod, container, step, since)
    if initial and container.get("restartPolicy") == "Always":  # a sidecar
        return Container(status_of(container, running(since), ready=True), done=True)
    if ends and (initial or step > 0):
        return Container(status_of(container, terminated(0, "Completed", since), ready=initial), done=True)
    if found == "slow" and step == 0:
        return Container(status_of(container, running(since)), next_step=SLOW)
    ready = found != "unready"
    events = [] if ready else [(container, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")]
    next_step = COMPLETE if ends else None
    return Container(status_of(container, running(since), ready=ready), events=events, next_step=next_step)


def waiting_for_others(container):
    return Container(status_of(container, waiting("PodInitializing")))


def missing(_pod, container, step):
    image = container["image"]
    if step == 0:
        text = f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": not found'
        events = [
            (container, "Failed", f'Failed to pull image "{image}": {text}'),
            (container, "Failed", "Error: ErrImagePull"),
        ]
        return Container(status_of(container, waiting("ErrImagePull", text)), events=events, next_step=PULL_AGAIN)
    text = f'Back-off pulling image "{image}"'
    events = [(container, "BackOff", text), (container, "Failed", "Error: ImagePullBackOff")]
    return Container(status_of(container, waiting("ImagePullBackOff", text)), events=events)


def crashing(pod, container, step, since):
    """Even steps run, odd steps wait for the next attempt."""
    crashes = (step + 1) // 2
    last = terminated(1, "Error", since)
    if step % 2 == 0:
        status = status_of(container, running(now()), ready=False, restarts=crashes, last=last if crashes else None)
        return Container(status, next_step=CRASH)
    if pod["spec"].get("restartPolicy") == "Never":
        return Container(status_of(container, last), failed=True)
    seconds = min(BACK_OFF * 2 ** (crashes - 1), LONGEST_BACK_OFF)
    where = f"{pod['metadata']['name']}_{pod['metadata']['namespace']}({pod['metadata']['uid']})"
    text = f"back-off {seconds}s restarting failed container={container['name']} pod={where}"
    status = status_of(container, waiting("CrashLoopBackOff", text), restarts=crashes, last=last)
    return Container(status, events=[(container, "BackOff", "Back-off restarting failed container")], next_step=seconds)


def status_of(container, state, ready=False, restarts=0, last=None):
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "" if "waiting" in state and not restarts else image_id(container["image"]),
        "ready": ready,
        "started": "running" in state,
        "restartCount": restarts,
        "state": state,
        "lastState": last or {},
    }


def image_id(image):
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def waiting(reason, message=None):
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def running(since):
    return {"running": {"startedAt": since}}


def terminated(code, reason, since):
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": since, "finishedAt": now()}}


def phase(pod, main, started):
    if started and all(each.done for each in main):
        return "Succeeded"
    if started and any(each.failed for each in main):
        return "Failed"
    runs = any("running" in each.status["state"] or each.status["restartCount"] for each in main)
    return "Running" if started and runs else "Pending"


def conditions(main, started):
    unready = [each.status["name"] for each in main if not each.status["ready"]]
    if all(each.done for each in main):
        trouble = {"reason": "PodCompleted"}
    elif unready:
        trouble = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready)}]"}
    else:
        trouble = {}
    return [
        condition("Initialized", started),
        condition("Ready", not unready, **trouble),
        condition("ContainersReady", not unready, **trouble),
        condition("PodScheduled", True),
    ]


def kept(before, conditions):
    """A condition that has not changed keeps the time since when it holds."""
    times = {(each["type"], each["status"]): each.get("lastTransitionTime") for each in before}
    for each in conditions:
        each["lastTransitionTime"] = times.get((each["type"], each["status"])) or each["lastTransitionTime"]
    return conditions


def condition(kind, holds, **more):
    return {"type": kind, "status": "True" if holds else "False", "lastTransitionTime": now(), **more}
