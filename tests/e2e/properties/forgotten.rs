//! What the emulator takes and then forgets, so that no second plan can be empty.
//!
//! Each line was seen with boto3 too: the call answers with success, and a describe shows the old value.

use stackctl::model::PropertyPath;

use super::leaves::Leaf;
use crate::workspace::PlannedChange;

/// A type's property, and the call that forgets it.
const FORGOTTEN: &[(&str, &str, &str)] = &[
    ("AWS::ElastiCache::ReplicationGroup", "SecurityGroupIds", "ModifyReplicationGroup"),
    ("AWS::ElastiCache::ReplicationGroup", "AutoMinorVersionUpgrade", "ModifyReplicationGroup"),
    ("AWS::ElastiCache::ReplicationGroup", "PreferredMaintenanceWindow", "ModifyReplicationGroup"),
    ("AWS::AutoScaling::AutoScalingGroup", "LaunchTemplate", "StartInstanceRefresh (DesiredConfiguration)"),
];

/// A type's property, and the call that never tells it: its change can't be seen, not even in a plan.
const UNTOLD: &[(&str, &str, &str)] =
    &[("AWS::AutoScaling::AutoScalingGroup", "DefaultInstanceWarmup", "DescribeAutoScalingGroups")];

/// Why the change of a property can't be seen.
pub fn untold(leaf: &Leaf) -> Option<String> {
    let line = UNTOLD.iter().find(|(of, path, _)| *of == leaf.resource_type && *path == leaf.path)?;
    Some(format!("{} {}: {}", line.0, line.1, line.2))
}

/// What of an update the emulator forgets, if that is all there is to it: `type property: call`.
pub fn all_of(change: &PlannedChange) -> Option<Vec<String>> {
    if change.action != "update" || change.paths.is_empty() {
        return None;
    }
    let lines = change.paths.iter().map(|path| {
        let path = PropertyPath::from(path.path.as_str());
        let line = FORGOTTEN
            .iter()
            .find(|(of, property, _)| *of == change.resource_type && *property == path.top())?;
        Some(format!("{} {}: {}", line.0, line.1, line.2))
    });
    lines.collect()
}
