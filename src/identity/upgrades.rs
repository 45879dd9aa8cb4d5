//! What AWS upgrades by itself: a cluster whose version is out of standard support, where the blueprint asks for no other.

use crate::model::{Desired, JsonMap, MinorVersion, Value};

/// The type of the clusters that AWS upgrades.
pub(super) const CLUSTER: &str = "AWS::EKS::Cluster";
/// Where its version stands.
pub(super) const VERSION: &str = "Version";

/// The version that AWS has brought a cluster to, where that is not what the blueprint says: with `SupportType: STANDARD`,
/// EKS upgrades when support for a version ends (`UpgradePolicyRequest`). It never goes back.
pub fn upgraded(desired: &Desired, live: &JsonMap) -> Option<MinorVersion> {
    if desired.resource_type.as_str() != CLUSTER {
        return None;
    }
    let text = |json: Option<&crate::model::Json>| json.and_then(|json| json.as_str()).map(str::to_owned);
    let wanted = MinorVersion::parse(desired.properties.get(VERSION)?.as_str()?)?;
    let found = MinorVersion::parse(&text(live.get(VERSION))?)?;
    let policy = match desired.properties.get("UpgradePolicy") {
        Some(Value::Map(policy)) => policy.get("SupportType").and_then(Value::as_str).map(str::to_owned),
        _ => text(live.get("UpgradePolicy").and_then(|policy| policy.get("SupportType"))),
    };
    (policy.as_deref() == Some("STANDARD") && found > wanted).then_some(found)
}
