//! Ports without a protocol, for API servers that can't apply them.
//!
//! Lists of ports have their protocol among their keys. API servers before 1.21 refuse an apply where it is left out,
//! though TCP is its documented default (kubernetes/kubernetes#92332).

use crate::model::{Json, JsonMap};

/// Groups whose kinds have such lists: Services, and everything with a pod template.
const GROUPS: [&str; 3] = ["", "apps", "batch"];
/// The other key of those lists: a Service's, a container's.
const KEYS: [&str; 2] = ["port", "containerPort"];

/// Writes the default out.
pub(super) fn complete(manifest: &mut JsonMap, group: &str) {
    if !GROUPS.contains(&group) {
        return;
    }
    if let Some(spec) = manifest.get_mut("spec") {
        walk(spec);
    }
}

fn walk(value: &mut Json) {
    match value {
        Json::Object(map) => {
            for (key, below) in map {
                match below {
                    Json::Array(ports) if key == "ports" => ports.iter_mut().for_each(port),
                    below => walk(below),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(walk),
        _ => {}
    }
}

fn port(port: &mut Json) {
    let Json::Object(port) = port else { return };
    if KEYS.iter().any(|key| port.contains_key(*key)) && !port.contains_key("protocol") {
        port.insert("protocol".to_owned(), Json::from("TCP"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tcp_is_written_out_where_nothing_is_said() {
        let mut service = json!({"spec": {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}});
        complete(service.as_object_mut().unwrap(), "");
        assert_eq!(
            service["spec"]["ports"],
            json!([{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}])
        );
        let containers = json!([{"name": "api", "ports": [{"containerPort": 3000}]}]);
        let mut deployment = json!({"spec": {"template": {"spec": {"containers": containers}}}});
        complete(deployment.as_object_mut().unwrap(), "apps");
        let ports = &deployment["spec"]["template"]["spec"]["containers"][0]["ports"];
        assert_eq!(*ports, json!([{"containerPort": 3000, "protocol": "TCP"}]));
        let mut custom = json!({"spec": {"ports": [{"port": 80}]}});
        complete(custom.as_object_mut().unwrap(), "x.io");
        assert_eq!(custom["spec"]["ports"], json!([{"port": 80}]), "others may have no such field");
    }
}
