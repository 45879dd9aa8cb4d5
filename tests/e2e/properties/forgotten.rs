//! What the emulator takes and then forgets, so that no second plan can be empty.
//!
//! Each line was seen with boto3 too: the call answers with success, and a describe shows the old value.

use stackctl::model::PropertyPath;

use crate::workspace::PlannedChange;

/// A type's property, and the call that forgets it.
const FORGOTTEN: &[(&str, &str, &str)] = &[
    ("AWS::ElastiCache::ReplicationGroup", "SecurityGroupIds", "ModifyReplicationGroup"),
    ("AWS::ElastiCache::ReplicationGroup", "AutoMinorVersionUpgrade", "ModifyReplicationGroup"),
    ("AWS::ElastiCache::ReplicationGroup", "PreferredMaintenanceWindow", "ModifyReplicationGroup"),
    ("AWS::AutoScaling::AutoScalingGroup", "LaunchTemplate", "StartInstanceRefresh (DesiredConfiguration)"),
];

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
